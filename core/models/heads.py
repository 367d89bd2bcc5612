"""Heads of the architectures: feature maps → logits; the layer that judging cells needs below its head, and where Grad-CAM looks."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import nn


@dataclass(frozen=True)
class CamLayer:
    """The layer that Grad-CAM looks at.

    Attributes
    ----------
    name : str
        As in torchvision, in the seed's text, or the number of the stage.
    stride, first : float
        Its cell (i, j) is centred at pixel (first + stride · i, first + stride · j) of the input. Padded
        convolutions give first = 0, unpadded or even-sized ones shift it; a resize of the map would not know.
    after : int or None
        Stages of the trunk below the layer; None for all of them.
    """

    name: str
    stride: float
    first: float = 0.0
    after: int | None = None


def pooled(features: int, n_classes: int, dropout: float) -> nn.Sequential:
    """Mean over all cells, dropout, one linear layer."""
    return nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(dropout), nn.Linear(features, n_classes))


def pooled_with_norm(features: int, n_classes: int, dropout: float) -> nn.Sequential:
    """The same with a LayerNorm after pooling, as ConvNeXt has it."""
    # LayerNorm over the flattened vector is its LayerNorm2d on a 1 × 1 map.
    return nn.Sequential(
        nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.LayerNorm(features, eps=1e-6), nn.Dropout(dropout), nn.Linear(features, n_classes)
    )


def deviation(features: int, n_classes: int, dropout: float) -> nn.Sequential:
    """Root of the mean over all cells, dropout, one linear layer: on maps of `SquaredDeviation` each channel's standard deviation."""
    return nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), Root(), nn.Dropout(dropout), nn.Linear(features, n_classes))


def dense(cells: int, widths: tuple[int, ...]) -> Callable[[int, int, float], nn.Sequential]:
    """Head of the small seeds: pooled to `cells` × `cells`, so that any input size fits, then dense layers."""

    def head(features: int, n_classes: int, dropout: float) -> nn.Sequential:
        layers: list[nn.Module] = [nn.AdaptiveAvgPool2d(cells), nn.Flatten()]
        width = features * cells * cells
        for w in widths:
            layers += [nn.Linear(width, w), nn.ReLU(), nn.Dropout(dropout)]
            width = w
        return nn.Sequential(*layers, nn.Linear(width, n_classes))

    return head


class Neighbourhood(nn.Module):
    """(B, F, h, w) → (B, 2F, h, w): each cell and the mean of the nine round it, both with mean 0 and variance 1 over the image.

    Mammograms differ in brightness and contrast; how a cell stands out from its own image differs less.
    """

    def __init__(self, features: int) -> None:
        super().__init__()
        self.around = nn.AvgPool2d(3, 1, 1, count_include_pad=False)
        self.norm = nn.InstanceNorm2d(2 * features)

    def forward(self, maps: torch.Tensor) -> torch.Tensor:
        """Maps (B, 2F, h, w)."""
        return self.norm(torch.cat([maps, self.around(maps)], 1))


class SquaredDeviation(nn.Module):
    """(B, F, h, w) → the same shape: how far each cell is from its channel's mean over the image, squared.

    What stands out raises it, whether brighter or darker; a constant shift of a channel does not. Above it all is linear but the root,
    so that Grad-CAM on these maps shares the score out among the cells.
    """

    def forward(self, maps: torch.Tensor) -> torch.Tensor:
        """Maps (B, F, h, w), not below zero."""
        return (maps - maps.mean((2, 3), keepdim=True)).square()


class Root(nn.Module):
    """Elementwise square root; its gradient at zero is finite."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The root of values that are not below zero."""
        return (x + 1e-8).sqrt()


class CellHead(nn.Module):
    """(B, F, h, w) → logits (B, C): each cell is judged by itself; the few least healthy ones decide.

    The first class is healthy tissue. A cell's odds are its logits of the other classes over that of healthy tissue; the image's
    logits are a linear map of their mean over the `top` cells with the largest sum of odds (multiple instance learning; the pooling of
    Shen et al. 2021, GMIC, Medical Image Analysis 68, 101908, without its second stage). All is linear but the choice of the cells, so
    that Grad-CAM on the head's input shows the evidence itself.
    """

    top = 4

    def __init__(self, features: int, n_classes: int, dropout: float) -> None:
        super().__init__()
        self.dropout = nn.Dropout2d(dropout)
        self.cells = nn.Conv2d(features, n_classes, 1)
        self.image = nn.Linear(n_classes - 1, n_classes)

    def pooled(self, maps: torch.Tensor) -> torch.Tensor:
        """Mean log odds over the deciding cells, (B, C − 1)."""
        logits = self.cells(self.dropout(maps)).flatten(2)
        odds = logits[:, 1:] - logits[:, :1]
        chosen = odds.logsumexp(1, keepdim=True).topk(min(self.top, odds.shape[2]), 2).indices
        return odds.gather(2, chosen.expand(-1, odds.shape[1], -1)).mean(2)

    def forward(self, maps: torch.Tensor) -> torch.Tensor:
        """Logits (B, C)."""
        return self.image(self.pooled(maps))


def output_layer(head: nn.Module) -> nn.Linear:
    """The layer whose outputs are the logits."""
    return [m for m in head.modules() if isinstance(m, nn.Linear)][-1]
