"""Trunks of timm by name, `timm:NAME`: the stages, the CAM layer and its geometry are found by running the network, not typed.

A network qualifies where its features are a chain of its modules; that is checked on a random image. So do ResNet, EfficientNet,
MobileNet, ConvNeXt, RegNet, DenseNet and their kin; vision transformers do not.
"""

from copy import deepcopy
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from typing import Any

import torch
from torch import nn

from core.errors import CheckpointError
from core.models.heads import CamLayer

PREFIX = "timm:"
CAM_STRIDE = 16  # deeper maps of small networks saturate over their whole receptive field, and a peak there is arbitrary (NOTES.md)
PROBE_WIDTH = 1024  # pixels; the middle cells of a map see no border
POOLS = (nn.AvgPool2d, nn.MaxPool2d)


@dataclass(frozen=True)
class Layout:
    """What was found out about a network.

    Attributes
    ----------
    features : int
        Channels at the end of the trunk.
    cam : CamLayer
        The end of the last stage whose cells are `CAM_STRIDE` pixels wide or less.
    strides : tuple of int
        Width of a cell, in pixels of the input, after each stage.
    """

    features: int
    cam: CamLayer
    strides: tuple[int, ...]


def network(name: str, in_channels: int = 3) -> nn.Module:
    """timm's network with random weights, in training mode.

    Raises
    ------
    CheckpointError
        If timm is not installed, or knows no such network.
    """
    try:
        import timm
    except ImportError as e:
        raise CheckpointError(f"The architecture {PREFIX}{name} needs the package timm.", "Install it: pip install timm.") from e
    if not timm.is_model(name):
        known = get_close_matches(name, timm.list_models(), 3, 0.5) or ["resnet18", "tf_efficientnet_lite0"]
        raise CheckpointError(f"timm has no network {name!r}.", f"Near names: {', '.join(known)}.")
    net: nn.Module = timm.create_model(name, pretrained=False, in_chans=in_channels)
    return net


def trunk_of(net: nn.Module, name: str) -> nn.Sequential:
    """The network's stages up to its pooling, sharing its modules.

    A module that holds stages is opened, and one without a convolution belongs to the stage before it.

    Raises
    ------
    CheckpointError
        If a chain of these stages does not compute the network's own features.
    """
    chain: list[nn.Module] = []
    holders = {str(f["module"]).split(".")[0] for f in _feature_info(net) if "." in str(f["module"])}
    for child, module in net.named_children():
        if child in ("global_pool", "classifier", "head", "fc"):
            break
        chain += list(module.children()) if child in holders else [module]
    stages: list[list[nn.Module]] = []
    for module in chain:
        if stages and not any(isinstance(m, nn.Conv2d) for m in module.modules()):
            stages[-1].append(module)
        else:
            stages.append([module])
    trunk = nn.Sequential(*(s[0] if len(s) == 1 else nn.Sequential(*s) for s in stages))
    if not _same_features(net, trunk):
        raise CheckpointError(f"The features of timm's {name} are not a chain of stages.", "Choose a convolutional network.")
    return trunk


@torch.no_grad()
def _same_features(net: nn.Module, trunk: nn.Sequential) -> bool:
    channels = next(m.in_channels for m in net.modules() if isinstance(m, nn.Conv2d))
    x, training = torch.linspace(-1, 1, channels * 64 * 64).view(1, channels, 64, 64), net.training
    net.eval()
    trunk.eval()
    try:
        theirs: torch.Tensor = net.forward_features(x)  # type: ignore[operator]
        return theirs.ndim == 4 and torch.equal(trunk(x), theirs)
    except (AttributeError, AssertionError, RuntimeError, TypeError, NotImplementedError):
        return False
    finally:
        net.train(training)
        trunk.train(training)


@lru_cache(maxsize=16)
def layout(name: str) -> Layout:
    """Stages, CAM layer and geometry of a network; errors as in `network` and `trunk_of`."""
    trunk = trunk_of(network(name), name).eval()
    ramp, ones = _positions(trunk)
    strides = tuple(round(PROBE_WIDTH / m.shape[3]) for m in ones)
    after = max(n for n, s in enumerate(strides, 1) if s <= max(CAM_STRIDE, strides[0]))
    centres = (ramp[after - 1] / ones[after - 1])[0].mean((0, 1))
    stride, middle = strides[after - 1], centres.shape[0] // 2
    spread = (centres[middle + 1] - centres[middle]).item()
    if abs(spread - stride) > stride / 16:
        raise CheckpointError(f"What the cells of timm's {name} see has no fixed place in the image.", "Choose another network.")
    first = round(2 * (centres[middle].item() - stride * middle)) / 2
    cam = CamLayer(f"stage {after} of {len(trunk)}", stride, first, None if after == len(trunk) else after)
    return Layout(ones[-1].shape[1], cam, strides)


@torch.no_grad()
def _positions(trunk: nn.Sequential) -> tuple[list[torch.Tensor], list[torch.Tensor]]:
    """Maps of a ramp of columns and of ones after each stage, through a copy of the trunk in which every layer only averages.

    Their ratio is the mean column that a cell sees: its centre.
    """
    copy = deepcopy(trunk)
    channels = next(m.in_channels for m in copy.modules() if isinstance(m, nn.Conv2d))
    ones = torch.ones(1, channels, 64, PROBE_WIDTH)
    _skip(copy, _sees_whole_image(copy, ones))
    for module in list(copy.modules()):
        if isinstance(module, nn.Conv2d | nn.Linear):
            nn.init.constant_(module.weight, 1 / module.weight[0].numel())
            if module.bias is not None:
                nn.init.zeros_(module.bias)
    _skip(copy, {m for m in copy.modules() if not list(m.children()) and not isinstance(m, (nn.Conv2d, nn.Linear, *POOLS))})
    for parent in list(copy.modules()):
        for child, m in list(parent.named_children()):
            if isinstance(m, nn.MaxPool2d):
                setattr(parent, child, nn.AvgPool2d(m.kernel_size, m.stride, m.padding, m.ceil_mode))

    def through(x: torch.Tensor) -> list[torch.Tensor]:
        maps = []
        for stage in copy:
            x = stage(x)
            maps.append(x)
        return maps

    return through(torch.arange(PROBE_WIDTH).float().expand_as(ones)), through(ones)


def _sees_whole_image(trunk: nn.Sequential, x: torch.Tensor) -> set[nn.Module]:
    """Modules that weigh a map by a mean over all of it, such as squeeze and excitation: inside them a convolution runs on one cell."""
    single: set[nn.Module] = set()
    wide: set[nn.Module] = set()

    def note(module: nn.Module, inputs: tuple[Any, ...]) -> None:
        if inputs and isinstance(inputs[0], torch.Tensor) and inputs[0].ndim == 4:
            (single if inputs[0].shape[2:] == (1, 1) else wide).add(module)

    hooks = [m.register_forward_pre_hook(note) for m in trunk.modules()]
    trunk(x)
    for hook in hooks:
        hook.remove()
    return {m for m in wide if any(child in single and isinstance(child, nn.Conv2d) for child in m.children())}


def _skip(trunk: nn.Sequential, modules: set[nn.Module]) -> None:
    """Let these modules return what they are given."""
    for parent in list(trunk.modules()):
        for child, m in list(parent.named_children()):
            if m in modules:
                setattr(parent, child, nn.Identity())


def _feature_info(net: nn.Module) -> list[dict[str, Any]]:
    info = getattr(net, "feature_info", [])
    return list(info) if isinstance(info, list) else list(getattr(info, "info", []))
