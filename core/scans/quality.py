"""Can this image be assessed at all? A gate of plain rules, each with its sentence.

The limits were set on scanned films (mini-MIAS), mammograms (the Roboflow set), phantoms, and on what people upload by
mistake; bench/quality_gate.py prints both error rates. None of the rules looks for disease.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from core.scans.kinds import NOT_MODELLED, SENTENCES
from core.scans.scan import Scan

MIN_SIDE = 128  # pixels; below, no finding of a few millimetres is left
SIDE = 256  # the rules look at an image reduced to this
COLOURED = 0.05
NO_TISSUE = 0.02  # share of the image; the smallest breast on the largest detector covers more
LITTLE_TISSUE = 0.10  # up to here it must reach the border and be narrow at the front, as a breast is and a label is not
BLUNT = 0.62  # how full the narrower side of a breast's outline may be; 99.5 % of mammograms stay below 0.55


@dataclass(frozen=True)
class Quality:
    """`ok`, or the reasons why not, each a sentence with what to do where something can be done."""

    ok: bool
    reasons: tuple[str, ...] = ()


def assess(scan: Scan) -> Quality:
    """Decide whether a scan may be scored.

    Tags are trusted where they speak: a file that says it is another body part is refused, and one that
    says it is a mammogram is only checked for being blank, tiny or without a breast. Images without such tags must look
    like a breast: one large region of tissue, broad at the chest wall, narrow at the front, on a dark
    background. One broken rule is forgiven, except the few that hardly any mammogram breaks.
    """
    if min(scan.shape) < MIN_SIDE:
        return Quality(False, (f"The image is too small ({scan.shape[1]} × {scan.shape[0]} pixels). Upload it at its own size.",))
    if scan.body_part_ok is False:
        return Quality(False, ("The file says that it shows another body part than the breast.",))
    if scan.kind in NOT_MODELLED:
        return Quality(False, (SENTENCES[scan.kind],))
    if scan.colour_fraction > COLOURED:
        return Quality(False, ("This is a colour image, not a mammogram.",))
    shape = measure(scan.display())
    if shape.range < 0.08:
        return Quality(False, ("The image is blank, or saturated: it has hardly more than one brightness.",))
    if scan.body_part_ok:
        label = not shape.attached or shape.front > BLUNT
        empty = shape.area < NO_TISSUE or (shape.area < LITTLE_TISSUE and label)
        reasons: tuple[str, ...] = (NO_BREAST,) if empty else ()
    else:
        reasons = _broken(shape)
    return Quality(not reasons, reasons)


@dataclass(frozen=True)
class Shape:
    """What the rules look at, on the reduced image. Shares are of the image, unless said otherwise.

    Attributes
    ----------
    range : float
        Brightness between the 1st and the 99th percentile.
    dark, edge_dark, outside_dark : float
        Share of near-black pixels in the image, on its border, and outside all bright regions.
    area, others : float
        The largest bright region, and all smaller ones together.
    solidity, fill : float
        Of the largest region: area over its convex hull's; pixels over the area inside its outline.
    chest, front : float
        Of the largest region: how much of its height is filled on its broader and its narrower side.
    height : float
        Of the largest region, as a share of the image's.
    attached : bool
        Whether the largest region reaches the border of the image.
    waist, sway : float
        Of a largest region that runs from border to border and touches neither side: its narrowest width over its
        broadest, and how far the straighter of its two edges departs from a straight line, in mean widths. Else 0.
    rough : float
        Mean absolute Laplacian inside the region; noise is rough, a gradient is not.
    steps : float
        Share of neighbouring pixels that differ by more than a quarter of the range; lettering and drawings.
    """

    range: float
    dark: float
    edge_dark: float
    outside_dark: float
    area: float
    others: float
    solidity: float
    fill: float
    chest: float
    front: float
    height: float
    attached: bool
    waist: float
    sway: float
    rough: float
    steps: float


def measure(display: np.ndarray) -> Shape:
    """Measure an image, float32 (H, W) in [0, 1], 1 = dense."""
    scale = SIDE / max(display.shape)
    size = tuple(max(8, round(n * scale)) for n in display.shape[::-1])
    small = cv2.resize(display, size, interpolation=cv2.INTER_AREA)
    low, high = np.percentile(small, (1, 99))
    n = np.clip((small - low) / max(high - low, 1e-3), 0, 1).astype(np.float32)
    edge = np.concatenate([n[0], n[-1], n[:, 0], n[:, -1]])
    steps = ((np.abs(np.diff(n, axis=0)) > 0.25).mean() + (np.abs(np.diff(n, axis=1)) > 0.25).mean()) / 2
    region, mask = _largest_region(small)
    empty = not mask.any()
    inner = cv2.erode(mask.astype(np.uint8), np.ones((9, 9), np.uint8)).astype(bool)
    rough = np.abs(cv2.Laplacian(n, cv2.CV_32F))[inner].mean() if inner.any() else 1.0
    outside = n[~region]  # strips and labels next to the breast count once, as other objects
    outline, across = (_NO_OUTLINE, _NOT_ACROSS) if empty else (_outline(mask), _across(mask))
    return Shape(
        range=float(high - low),
        dark=float((n < 0.08).mean()),
        edge_dark=float((edge < 0.15).mean()),
        outside_dark=float((outside < 0.15).mean()) if outside.size else 0.0,
        area=float(mask.mean()),
        others=float((region & ~mask).mean()),
        solidity=outline["solidity"],
        fill=outline["fill"],
        chest=outline["chest"],
        front=outline["front"],
        height=outline["height"],
        attached=bool(mask[[0, 1, -2, -1]].any() or mask[:, [0, 1, -2, -1]].any()),
        waist=across["waist"],
        sway=across["sway"],
        rough=float(rough),
        steps=float(steps),
    )


def _largest_region(small: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """All bright regions, and the largest alone, bool; Otsu's threshold on the logarithm of brightness."""
    levels = np.rint(np.log1p(20 * np.clip(small, 0, 1)) / np.log(21) * 255).astype(np.uint8)
    limit, _ = cv2.threshold(cv2.GaussianBlur(levels, (5, 5), 0), 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    region = cv2.morphologyEx((levels > limit).astype(np.uint8), cv2.MORPH_OPEN, np.ones((5, 5), np.uint8))
    count, parts, stats, _ = cv2.connectedComponentsWithStats(region, connectivity=4)
    if count < 2:
        return region.astype(bool), np.zeros(small.shape, bool)
    return region.astype(bool), parts == 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA]))


_NO_OUTLINE = {"solidity": 0.0, "fill": 0.0, "front": 1.0, "chest": 0.0, "height": 0.0}
_NOT_ACROSS = {"waist": 0.0, "sway": 0.0}


def _outline(mask: np.ndarray) -> dict[str, float]:
    rows, cols = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    part = mask[rows[0] : rows[-1] + 1, cols[0] : cols[-1] + 1]
    contours, _ = cv2.findContours(part.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    contour = max(contours, key=cv2.contourArea)
    area, hull = cv2.contourArea(contour), cv2.contourArea(cv2.convexHull(contour))
    filled = part.mean(0)
    eighth = max(1, len(filled) // 8)
    sides = sorted((float(filled[:eighth].mean()), float(filled[-eighth:].mean())))
    return {
        "solidity": area / max(hull, 1.0),
        "fill": float(part.sum() / max(area, 1.0)),
        "front": sides[0],
        "chest": sides[1],
        "height": part.shape[0] / mask.shape[0],
    }


def _across(mask: np.ndarray) -> dict[str, float]:
    for run in (mask, mask.T):
        if run[0].any() and run[-1].any() and not run[:, 0].any() and not run[:, -1].any():
            cut = len(run) // 20  # the ends may be rounded
            rows = run[cut : len(run) - cut]
            left, right, width = rows.argmax(1), rows.shape[1] - rows[:, ::-1].argmax(1), rows.sum(1)
            return {"waist": float(width.min() / width.max()), "sway": float(min(left.std(), right.std()) / width.mean())}
    return _NOT_ACROSS


NO_BREAST = "The image shows no breast: it is empty but for a label or a few specks."
BACKGROUND = "There is no dark background round a breast; it may be another body part or a photograph."
OUTLINE = "Nothing in the image has the outline of a breast, broad at the chest wall and narrow at the front."
OBJECTS = "There are several separate objects in the image."
TEXTURE = "It looks like text, a drawing, a gradient or noise, not like tissue."


def _broken(s: Shape) -> tuple[str, ...]:
    """Sentences of the broken rules, or none where the image passes. In brackets: what 99.5 % of mammograms obey."""
    decisive = [
        (OUTLINE, s.front > BLUNT),  # (0.55) both sides equally tall: a limb, a chest, a face
        # An image that is cut above and below has the chest wall for one edge, and that is straight; both edges of a limb sway.
        (OUTLINE, s.waist > 0.63 and s.sway > 0.015),
        (OUTLINE, s.area < 0.05 or s.solidity < 0.65),
        (TEXTURE, not 0.013 < s.rough < 0.30),  # (0.019 to 0.26)
        (TEXTURE, s.steps > 0.08),  # (0.036)
    ]
    tolerated = [
        (BACKGROUND, s.dark < 0.12),  # (0.18)
        (BACKGROUND, s.outside_dark < 0.70),  # (0.79)
        (BACKGROUND, s.edge_dark < 0.40),  # (0.50)
        (OUTLINE, s.area > 0.90),
        (OUTLINE, s.solidity < 0.76),  # (0.80)
        (OUTLINE, s.fill < 0.92),  # (0.96)
        (OUTLINE, s.chest < 0.62),  # (0.78)
        (OUTLINE, s.height < 0.50),  # (0.58)
        (OBJECTS, s.others > 0.12),  # (0.08)
        (TEXTURE, s.steps > 0.06),
    ]
    fatal, soft = [text for text, broken in decisive if broken], [text for text, broken in tolerated if broken]
    if not fatal and len(soft) < 2:
        return ()
    return tuple(dict.fromkeys(fatal + soft))
