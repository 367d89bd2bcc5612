"""Grad-CAM (Selvaraju et al. 2017) and its variants by the grad-cam library, on the CAM layer's activations, which are already there.

The library, used as its manual shows, runs the whole network once a class. Here it gets only the layers
above the CAM layer, so all classes together cost one forward and backward pass through those.
"""

from collections.abc import Callable, Sequence
from contextlib import redirect_stderr
from io import StringIO

import numpy as np
import torch
from pytorch_grad_cam import EigenCAM, GradCAM, GradCAMPlusPlus, HiResCAM, ScoreCAM
from pytorch_grad_cam.base_cam import BaseCAM
from pytorch_grad_cam.utils.svd_on_activations import get_2d_projection_with_sign_correction
from torch import nn

from core.inference.saliency import GRAD_CAM
from core.labels import LabelSpace
from core.models.architectures import Classifier

Target = Callable[[torch.Tensor], torch.Tensor]  # logits (C,) → the scalar that is differentiated


class _Above(nn.Module):
    """The layers above the CAM layer, behind an identity on which the library puts its hooks. Discarded after use."""

    def __init__(self, above: nn.Module) -> None:
        super().__init__()
        self.features = nn.Identity()
        self.above = above

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.above(self.features(x))


class _Raw(BaseCAM):
    """The library's map before it stretches each one to [0, 1], which makes noise look as hot as a lesion."""

    def compute_cam_per_layer(self, input_tensor: torch.Tensor, targets: list[Target], eigen_smooth: bool) -> list[np.ndarray]:
        watched = self.activations_and_grads
        activations = watched.activations[0].numpy()
        gradients = watched.gradients[0].numpy() if watched.gradients else None
        cam = self.get_cam_image(input_tensor, self.target_layers[0], targets, activations, gradients, eigen_smooth)
        return [np.maximum(cam, 0).astype(np.float32)]

    def aggregate_multi_layers(self, cam_per_target_layer: list[np.ndarray]) -> np.ndarray:
        return cam_per_target_layer[0]


class _RawGradCAM(_Raw, GradCAM):
    pass


class _RawGradCAMPlusPlus(_Raw, GradCAMPlusPlus):
    pass


class _RawHiResCAM(_Raw, HiResCAM):
    pass


class _RawEigenCAM(_Raw, EigenCAM):
    """Independent of the class. Its sign, arbitrary in the library, is chosen so that the largest value is positive."""

    def get_cam_image(
        self,
        input_tensor: torch.Tensor,
        target_layer: nn.Module,
        targets: list[Target],
        activations: np.ndarray,
        grads: np.ndarray | None,
        eigen_smooth: bool = False,
    ) -> np.ndarray:
        return get_2d_projection_with_sign_correction(activations)


class _RawScoreCAM(_Raw, ScoreCAM):
    pass


# Chattopadhay et al. 2018; Draelos & Carin 2020; Muhammad & Yeasin 2020
METHODS: dict[str, type[_Raw]] = {
    GRAD_CAM: _RawGradCAM,
    "Grad-CAM++": _RawGradCAMPlusPlus,
    "HiResCAM": _RawHiResCAM,
    "EigenCAM": _RawEigenCAM,
}
SCORE_CAM = "Score-CAM"


def targets_of(space: LabelSpace, labels: Sequence[str]) -> list[Target]:
    """What is differentiated for each class or group: its logit; for a group logsumexp (or the maximum, if multilabel)."""

    def target(members: list[int]) -> Target:
        if space.kind == "multilabel":
            return lambda logits: logits[members].max()
        return lambda logits: torch.logsumexp(logits[members], 0)

    return [target(list(space.members(label))) for label in labels]


def grad_cam(above: nn.Module, features: torch.Tensor, targets: Sequence[Target], method: str = GRAD_CAM) -> tuple[np.ndarray, np.ndarray]:
    """Maps and logits from the CAM layer's activations of one image.

    Parameters
    ----------
    above : nn.Module
        The layer's activations → logits; in eval mode, its parameters frozen, on the device of `features`.
    features : Tensor, float32, shape (1, F, h, w)
    targets : sequence of K callables
        Logits (C,) → scalar.
    method : str
        One of `METHODS`.

    Returns
    -------
    maps : ndarray, float32, shape (K, h, w)
        Not below zero, not scaled.
    logits : ndarray, float32, shape (C,)
    """
    with torch.inference_mode(False), torch.enable_grad():
        wrapped = _Above(above)
        cam = METHODS[method](wrapped, [wrapped.features])
        try:
            # Tensors born in inference mode cannot be differentiated; the copies, one a target, can.
            copies = features.detach().float().repeat(len(targets), 1, 1, 1).requires_grad_(True)
            maps = cam(copies, list(targets))
            return maps, cam.outputs[0].detach().float().cpu().numpy()
        finally:
            cam.activations_and_grads.release()
            cam.outputs = None


def score_cam(model: Classifier, batch: torch.Tensor, target: Target) -> np.ndarray:
    """Score-CAM (Wang et al. 2020) of one image, float32 (h, w), not below zero: one run of the whole network a feature map.

    `batch` is float32 (1, C, H, W) on the device of `model`, which is in eval mode.
    """
    stages = len(model.trunk) if model.cam.after is None else model.cam.after
    with torch.inference_mode(False), torch.no_grad():
        cam = _RawScoreCAM(model, [model.trunk[stages - 1]])
        try:
            with redirect_stderr(StringIO()):  # a progress bar of the library's
                return cam(batch.clone(), [target])[0]
        finally:
            cam.activations_and_grads.release()
            cam.outputs = None
