"""A network beyond its logits: its features, Monte Carlo dropout, and copies with randomised parts."""

import copy
from typing import Literal, get_args

import numpy as np
import torch
from torch import nn

from core.inference.predictor import Predictor
from core.models.architectures import Classifier
from core.models.heads import Neighbourhood

Part = Literal["head", "above the heatmap's layer", "everything"]
PARTS: tuple[Part, ...] = get_args(Part)  # what `randomised` re-initialises, from the output downwards


def embed(predictor: Predictor, batch: np.ndarray) -> np.ndarray:
    """Mean of each feature map at the end of the trunk: float32 (B, F) of prepared inputs, float32 (B, channels, rows, columns)."""
    trunk = predictor.model.trunk
    if isinstance(trunk[-1], Neighbourhood):  # after it every mean is 0
        trunk = trunk[:-1]
    with predictor.lock, torch.inference_mode():
        return trunk(to_device(predictor, batch)).float().mean((2, 3)).cpu().numpy()


def monte_carlo_dropout(predictor: Predictor, batch: np.ndarray, samples: int = 20, seed: int = 0) -> np.ndarray | None:
    """Logits, float32 (samples, B, classes), with the head's dropout left on (Gal & Ghahramani 2016); None where it has none.

    Only dropout is switched; BatchNorm keeps the statistics of the training.
    """
    dropouts = [m for m in predictor.model.head.modules() if isinstance(m, nn.Dropout) and m.p > 0]
    if not dropouts:
        return None
    with predictor.lock, torch.inference_mode(), torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        features = predictor.model.trunk(to_device(predictor, batch)).float()
        try:
            for m in dropouts:
                m.train()
            return np.stack([predictor.model.head(features).float().cpu().numpy() for _ in range(samples)])
        finally:
            for m in dropouts:
                m.eval()


def randomised(predictor: Predictor, part: Part, seed: int = 0) -> Predictor:
    """A Predictor whose weights are re-initialised in one of `PARTS`, for the sanity check of heatmaps (Adebayo et al. 2018)."""
    model: Classifier = copy.deepcopy(predictor.model)
    modules: nn.Module = {PARTS[0]: model.head, PARTS[1]: model.above, PARTS[2]: model}[part]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        for m in modules.modules():
            if callable(reset := getattr(m, "reset_parameters", None)):
                reset()
    return Predictor(predictor.card, model, predictor.device, predictor.any_domain)


def to_device(predictor: Predictor, batch: np.ndarray) -> torch.Tensor:
    """Prepared inputs, float32 (B, channels, rows, columns), where the model is."""
    return torch.from_numpy(np.ascontiguousarray(batch, np.float32)).to(predictor.device.device, memory_format=torch.channels_last)
