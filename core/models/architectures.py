"""The architectures, one table read from top to bottom. Each is a trunk (images → feature maps) and a head (feature maps → logits).

Grad-CAM looks at the end of the trunk, or at an earlier stage. A reading runs what lies `below` that layer
once, without gradients, and the heatmaps need only what lies `above` it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import torch
from torch import nn

from core.errors import CheckpointError
from core.models.heads import CamLayer, CellHead, Neighbourhood, SquaredDeviation, dense, deviation, pooled, pooled_with_norm
from core.models.timm_trunks import PREFIX, layout, network, trunk_of
from core.models.vision import tv


class Classifier(nn.Module):
    """trunk: (B, C, H, W) float → (B, F, h, w); head: (B, F, h, w) → logits (B, n_classes); forward is head ∘ trunk.

    The CAM layer cuts the same network elsewhere: forward is also above ∘ below. The names of the parameters
    do not depend on it.
    """

    def __init__(self, trunk: nn.Sequential, head: nn.Module, cam: CamLayer) -> None:
        super().__init__()
        self.trunk = trunk
        self.head = head
        self.cam = cam

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Logits (B, n_classes)."""
        return self.head(self.trunk(x))

    @property
    def below(self) -> nn.Module:
        """Images → the CAM layer's maps; shares its modules with the trunk."""
        return self.trunk if self.cam.after is None else self.trunk[: self.cam.after]

    @property
    def above(self) -> nn.Module:
        """The CAM layer's maps → logits."""
        return self.head if self.cam.after is None else nn.Sequential(self.trunk[self.cam.after :], self.head)


@dataclass(frozen=True)
class Architecture:
    """A row of the table.

    Attributes
    ----------
    trunk : callable
        in_channels → nn.Sequential whose children are the stages.
    head : callable
        (features, n_classes, dropout) → nn.Module.
    features : int
        Channels of the trunk's last stage.
    cam : CamLayer
        Where Grad-CAM looks.
    torchvision : str
        Name of the torchvision builder whose weights fit, or "".
    timm : str
        Name of timm's network whose weights fit, or "".
    source : str
        Where the design comes from.
    bf16 : bool
        Whether a training step on a CPU with bfloat16 of its own is faster in it than in 32 bit (NOTES.md has the ratios).
    """

    trunk: Callable[[int], nn.Sequential]
    head: Callable[[int, int, float], nn.Module]
    features: int
    cam: CamLayer
    torchvision: str
    source: str
    bf16: bool = True
    timm: str = ""


def _cancerdetectnet(in_channels: int) -> nn.Sequential:
    # Pooled before the ReLU: the same values, as both keep the order, and a quarter of the work.
    return nn.Sequential(
        nn.Sequential(nn.Conv2d(in_channels, 6, 5), nn.MaxPool2d(2), nn.ReLU()),
        nn.Sequential(nn.Conv2d(6, 16, 5), nn.MaxPool2d(2), nn.ReLU()),
    )


def _vgg_bn_3(in_channels: int) -> nn.Sequential:
    widths = (in_channels, 32, 64, 128)
    return nn.Sequential(
        *(
            nn.Sequential(nn.Conv2d(a, b, 3, padding=1, bias=False), nn.BatchNorm2d(b), nn.ReLU(), nn.MaxPool2d(2))
            for a, b in pairwise(widths)
        )
    )


def _resnet(builder: Callable[..., Any]) -> Callable[[int], nn.Sequential]:
    def trunk(in_channels: int) -> nn.Sequential:
        net = builder(weights=None)
        _set_input(net, "conv1", in_channels)
        stem = nn.Sequential(net.conv1, net.bn1, net.relu, net.maxpool)
        return nn.Sequential(stem, net.layer1, net.layer2, net.layer3, net.layer4)

    return trunk


def _features(builder: Callable[..., Any]) -> Callable[[int], nn.Sequential]:
    def trunk(in_channels: int) -> nn.Sequential:
        net = builder(weights=None)
        _set_input(net.features[0], "0", in_channels)
        features: nn.Sequential = net.features
        return features

    return trunk


def _mobilenet_v2_cells(in_channels: int) -> nn.Sequential:
    # The first 14 stages: cells of 16 pixels are small enough to name the tissue under them.
    return nn.Sequential(*_features(tv.mobilenet_v2)(in_channels)[:14], Neighbourhood(96))


def _lite0_deviation(in_channels: int) -> nn.Sequential:
    # Without the last convolution to 1280 channels, which is made for ImageNet's classes.
    return nn.Sequential(*trunk_of(network(LITE0, in_channels), LITE0)[:8], SquaredDeviation())


def _lite0_seven(in_channels: int) -> nn.Sequential:
    return trunk_of(network(LITE0, in_channels), LITE0)[:7]


def _set_input(parent: nn.Module, name: str, in_channels: int) -> None:
    old = getattr(parent, name)
    if old.in_channels != in_channels:
        new = nn.Conv2d(in_channels, old.out_channels, old.kernel_size, old.stride, old.padding, bias=old.bias is not None)
        setattr(parent, name, new)


LITE0 = "tf_efficientnet_lite0"
_RESNET, _LAYER4 = "He et al. 2016", CamLayer("layer4", 32)
ARCHITECTURES: dict[str, Architecture] = {
    # Two 5×5 convolutions, two pools and two dense layers of 120 and 84 before the output, as in the seed's text and code; 61 × 61
    # cells are what its 256 × 256 images leave.
    "cancerdetectnet": Architecture(
        _cancerdetectnet, dense(61, (120, 84)), 16, CamLayer("second pool", 4, 7.5), "", "CancerDetectNet seed (after LeCun et al. 1998)"
    ),
    "vgg_bn_3": Architecture(
        _vgg_bn_3, dense(7, (256, 128)), 128, CamLayer("third pool", 8, 3.5), "", "density seed (after Simonyan & Zisserman 2015)"
    ),
    # The last layers of mobilenet_v2 saturate (ReLU6) over their whole receptive field, so a peak there is arbitrary (NOTES.md).
    # Most of its time goes into depthwise convolutions at full width, which gain nothing from bfloat16.
    "mobilenet_v2": Architecture(
        _features(tv.mobilenet_v2), pooled, 1280, CamLayer("features[13]", 16, after=14), "mobilenet_v2", "Sandler et al. 2018", bf16=False
    ),
    "mobilenet_v2_cells": Architecture(
        _mobilenet_v2_cells, CellHead, 192, CamLayer("neighbourhoods of features[13]", 16), "mobilenet_v2", "ours", bf16=False
    ),
    # TensorFlow pads strides of two at the end alone: the first cell of 32 pixels is centred at 1 + 2 + 4 + 8 + 16.
    "lite0_deviation": Architecture(
        _lite0_deviation, deviation, 320, CamLayer("deviation of stage 8", 32, 31.0), "", "Liu 2020; pooling ours", timm=LITE0
    ),
    "lite0_seven": Architecture(
        _lite0_seven, pooled, 192, CamLayer("stage 7", 32, 31.0), "", "Liu 2020, without its last stages", timm=LITE0
    ),
    "resnet18": Architecture(_resnet(tv.resnet18), pooled, 512, _LAYER4, "resnet18", _RESNET),
    "resnet34": Architecture(_resnet(tv.resnet34), pooled, 512, _LAYER4, "resnet34", _RESNET),
    "resnet50": Architecture(_resnet(tv.resnet50), pooled, 2048, _LAYER4, "resnet50", _RESNET),
    "resnet101": Architecture(_resnet(tv.resnet101), pooled, 2048, _LAYER4, "resnet101", _RESNET),
    "efficientnet_v2_s": Architecture(
        _features(tv.efficientnet_v2_s), pooled, 1280, CamLayer("features[-1]", 32), "efficientnet_v2_s", "Tan & Le 2021"
    ),
    "convnext_tiny": Architecture(
        _features(tv.convnext_tiny), pooled_with_norm, 768, CamLayer("features[-1]", 32, 15.5), "convnext_tiny", "Liu et al. 2022"
    ),
}


def architecture(name: str) -> Architecture:
    """A row by its name; `timm:NAME` is any convolutional network of timm.

    Raises
    ------
    CheckpointError
        If there is none; the known ones are listed.
    """
    if name.startswith(PREFIX):
        return _of_timm(name.removeprefix(PREFIX))
    if name not in ARCHITECTURES:
        raise CheckpointError(f"There is no architecture {name!r}.", f"Choose one of: {', '.join(ARCHITECTURES)}, {PREFIX}NAME.")
    return ARCHITECTURES[name]


def _of_timm(name: str) -> Architecture:
    found = layout(name)
    return Architecture(lambda channels: trunk_of(network(name, channels), name), pooled, found.features, found.cam, "", "timm", timm=name)


def build(name: str, n_classes: int, dropout: float = 0.0, in_channels: int = 3) -> Classifier:
    """A new network with random weights, in training mode."""
    row = architecture(name)
    return Classifier(row.trunk(in_channels), row.head(row.features, n_classes, dropout), row.cam)


def unfreeze(model: Classifier, stages: int | None) -> None:
    """Let the head and the last `stages` stages of the trunk learn, and no other; None lets everything learn."""
    children = list(model.trunk.children())
    learning = children if stages is None else children[len(children) - min(stages, len(children)) :]
    for p in model.trunk.parameters():
        p.requires_grad_(False)
    for stage in learning:
        for p in stage.parameters():
            p.requires_grad_(True)


def eval_frozen_stages(model: Classifier) -> None:
    """Put frozen stages into eval mode (after `model.train()`): BatchNorm's statistics stay, and no layer is skipped at random."""
    for stage in model.trunk:
        if not any(p.requires_grad for p in stage.parameters()):
            stage.eval()


def split_at(model: Classifier, stages: int) -> tuple[nn.Sequential, Classifier]:
    """The stages that `unfreeze(model, stages)` freezes, and the rest as a Classifier; modules and parameters' names are the model's."""
    first = max(0, len(model.trunk) - stages)
    return model.trunk[:first], Classifier(model.trunk[first:], model.head, model.cam)


def describe(name: str, n_classes: int = 2, in_channels: int = 3) -> str:
    """A table of the layers that hold parameters: name, kind, shape, number; then the sum."""
    model = build(name, n_classes, in_channels=in_channels)
    row, lines, total = architecture(name), [], 0
    for layer, module in model.named_modules():
        own = list(module.parameters(recurse=False))
        if own:
            count = sum(p.numel() for p in own)
            total += count
            lines.append(f"{layer:42} {type(module).__name__:16} {'×'.join(map(str, own[0].shape)):>18} {count:>12,}")
    head = f"{name}: {row.source}; Grad-CAM at {row.cam.name}; {n_classes} classes"
    return "\n".join([head, *lines, f"{'sum':42} {'':16} {'':>18} {total:>12,}"])
