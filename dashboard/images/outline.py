"""Outlines of planted lesions, for the viewer. Phantoms only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:  # with it comes scipy
    from core.datasets.phantom.draw import Lesion, PhantomView

CLOSE_MM = 1.0  # specks nearer than twice this share an outline


@dataclass(frozen=True)
class Outline:
    """A closed line in pixels of the image, x and y in turn, counted from the image's corner."""

    name: str
    points: tuple[float, ...]
    malignant: bool = False


def outlines(view: PhantomView) -> tuple[Outline, ...]:
    """The lesions of a phantom view, each drawn a little outside its edge, so that the edge stays visible."""
    return tuple(o for lesion in view.lesions for o in _around(lesion, max(2, round(CLOSE_MM / view.spacing_mm))))


def _around(lesion: Lesion, margin: int) -> list[Outline]:
    from core.datasets.phantom.plan import KINDS

    top, left, _, _ = lesion.box
    mask = np.pad(lesion.mask.astype(np.uint8), margin + 1)
    disk = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * margin + 1, 2 * margin + 1))
    lines, _ = cv2.findContours(cv2.dilate(mask, disk), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    name = f"{lesion.kind}, {lesion.diameter_mm:.0f} mm"
    shift = np.array([left, top]) - margin - 1 + 0.5  # contours count from pixel centres
    smooth = (cv2.approxPolyDP(line, 0.7, closed=True)[:, 0] + shift for line in lines)
    malignant = KINDS[lesion.kind][0] == "malignant"
    return [Outline(name, tuple(np.round(points, 1).ravel().tolist()), malignant) for points in smooth]
