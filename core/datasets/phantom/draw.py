"""One view: anatomy, lesion, noise, marker and stamp, at any size."""

from dataclasses import dataclass, replace

import cv2
import numpy as np

from core.datasets.phantom.anatomy import COARSE_MM, FIELD_MM, Anatomy, draw_anatomy
from core.datasets.phantom.lesions import draw_lesion
from core.datasets.phantom.plan import KINDS, ExamPlan, LesionPlan, describe
from core.scans.stamp import stamp_synthetic

SIZES: dict[str, tuple[int, int]] = {"full": (3328, 2560), "medium": (1664, 1280), "small": (832, 640)}
PEAK = 3800  # of 4095: the brightness 1.0
FLOOR = 60


@dataclass(frozen=True)
class Lesion:
    """A planted lesion in pixels of its view.

    Attributes
    ----------
    kind, label : str
        See `core.datasets.phantom.plan.KINDS`.
    diameter_mm : float
    box : tuple of int
        (top, left, bottom, right), half open.
    mask : ndarray, bool
        Inside the box.
    """

    kind: str
    label: str
    diameter_mm: float
    box: tuple[int, int, int, int]
    mask: np.ndarray


@dataclass(frozen=True)
class PhantomView:
    """One drawn view. `pixels` is uint16 (H, W), 12 bits, high = dense, R with the chest wall at the right."""

    pixels: np.ndarray
    spacing_mm: float
    laterality: str
    view: str
    density: int
    label: str
    lesions: tuple[Lesion, ...]
    exam: int
    seed: int

    @property
    def case(self) -> str:
        """The name by which the view can be drawn again."""
        return f"seed{self.seed}/exam{self.exam}/{self.laterality}_{self.view}"

    @property
    def calcifications(self) -> tuple[str, ...]:
        """Calcification classes seen in this view."""
        return tuple(c for lesion in self.lesions if (c := KINDS[lesion.kind][2]))

    @property
    def density8(self) -> str | None:
        """Class of the 8-class seed: density and benign or malignant; None for a normal view."""
        return None if self.label == "normal" else f"Density{self.density}{self.label.capitalize()}"

    @property
    def description(self) -> str:
        """A short note as a reader would write it."""
        return describe(self.laterality, self.view, self.density, ((x.kind, x.diameter_mm) for x in self.lesions))


def draw(exam: ExamPlan, laterality: str, view: str, size: str = "full", *, with_lesion: bool = True) -> PhantomView:
    """Draw one view of a planned exam; the same arguments give the same bytes.

    Parameters
    ----------
    size : {"full", "medium", "small"}
        3328 × 2560 at 0.07 mm, 1664 × 1280 at 0.14 mm, or 832 × 640 at 0.28 mm.
    with_lesion : bool
        False draws the same breast without its lesion.
    """
    shape = SIZES[size]
    spacing = FIELD_MM[1] / shape[1]
    breast = exam.breast(laterality)
    anatomy = draw_anatomy(exam, breast, view)
    image = anatomy.image if shape == anatomy.image.shape else cv2.resize(anatomy.image, shape[::-1], interpolation=cv2.INTER_CUBIC)
    image = np.ascontiguousarray(image)
    lesions: tuple[Lesion, ...] = ()
    if breast.lesion is not None:
        patch = draw_lesion(breast.lesion, spacing, view)
        row, col = _place(anatomy, breast.lesion.depth, breast.lesion.offset[view])
        row, col = round(row * COARSE_MM / spacing), round(col * COARSE_MM / spacing)
        lesion = _plant(image, patch.added if with_lesion else np.zeros_like(patch.added), patch.mask, row, col, breast.lesion)
        lesions = (lesion,) if with_lesion else ()
    rng = exam.rng(2, "RL".index(laterality), ("CC", "MLO").index(view), shape[0])
    pixels = _expose(rng, image)
    if laterality == "R":
        pixels = np.ascontiguousarray(pixels[:, ::-1])
        lesions = tuple(_mirrored(x, shape[1]) for x in lesions)
    if exam.marker:
        _marker(pixels, f"{laterality} {view}", chest_left=laterality == "L")
    pixels = stamp_synthetic(pixels, chest_left=laterality == "L", bright=PEAK)
    return PhantomView(
        pixels, spacing, laterality, view, exam.density, breast.label if with_lesion else "normal", lesions, exam.exam, exam.seed
    )


def _place(anatomy: Anatomy, depth: float, offset: float) -> tuple[float, float]:
    """Row and column on the coarse grid of a point given in the breast's own coordinates, held inside the skin and off the muscle."""
    column = depth * float(anatomy.edge.max())
    free = anatomy.mask & ~anatomy.pectoral
    deep = cv2.distanceTransform(np.pad(free, 1).astype(np.uint8), cv2.DIST_L2, 3)[1:-1, 1:-1]
    rows = np.flatnonzero(deep[:, round(column)] > 12 / COARSE_MM)
    if rows.size == 0:
        row, col = np.unravel_index(int(deep.argmax()), deep.shape)
        return float(row), float(col)
    return float(rows[0] + (offset + 1) / 2 * (rows[-1] - rows[0])), column


def _plant(image: np.ndarray, added: np.ndarray, mask: np.ndarray, row: int, col: int, plan: LesionPlan) -> Lesion:
    """Add a patch to the image in place, centred on (row, col), cut at the borders; returns the truth."""
    half = added.shape[0] // 2
    top, left = max(0, row - half), max(0, col - half)
    bottom, right = min(image.shape[0], row + half + 1), min(image.shape[1], col + half + 1)
    inner = (slice(top - row + half, bottom - row + half), slice(left - col + half, right - col + half))
    here = image[top:bottom, left:right]
    here += added[inner] * (here > 0.05)
    seen = mask[inner] & (here > 0.05)
    rows, cols = np.flatnonzero(seen.any(1)), np.flatnonzero(seen.any(0))
    box = (top + int(rows[0]), left + int(cols[0]), top + int(rows[-1]) + 1, left + int(cols[-1]) + 1)
    return Lesion(plan.kind, plan.label, plan.diameter_mm, box, seen[rows[0] : rows[-1] + 1, cols[0] : cols[-1] + 1])


def _expose(rng: np.random.Generator, image: np.ndarray) -> np.ndarray:
    """Brightness to 12-bit values with quantum noise, which is stronger where fewer photons arrive; uint16."""
    noise: np.ndarray = rng.standard_normal(image.shape, dtype=np.float32)
    # A detector blurs its own noise a little; white noise of one pixel looks like sand.
    noise = cv2.GaussianBlur(noise, (0, 0), 0.6)
    scale = 0.012 * np.sqrt(0.15 + np.clip(image, 0, 1)) * (image > 0.02) + 0.002
    value = np.clip(image, 0, 1.07) * PEAK / 1.07 + FLOOR + noise * scale * PEAK
    return np.clip(np.rint(value), 0, 4095).astype(np.uint16)


def _marker(pixels: np.ndarray, text: str, chest_left: bool) -> None:
    """A lead marker's lettering in the upper corner away from the chest wall, in place."""
    h, w = pixels.shape
    size = h // 40
    scale = cv2.getFontScaleFromHeight(cv2.FONT_HERSHEY_SIMPLEX, size, 2)
    (width, _), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, scale, 2)
    x = w - width - h // 30 if chest_left else h // 30
    lettering = np.zeros(pixels.shape, np.uint8)  # OpenCV writes on 8 bits only
    cv2.putText(lettering, text, (x, h // 12), cv2.FONT_HERSHEY_SIMPLEX, scale, 255, max(1, size // 9), cv2.LINE_AA)
    np.maximum(pixels, (lettering * (3700 / 255)).astype(np.uint16), out=pixels)


def _mirrored(lesion: Lesion, width: int) -> Lesion:
    top, left, bottom, right = lesion.box
    return replace(lesion, box=(top, width - right, bottom, width - left), mask=np.ascontiguousarray(lesion.mask[:, ::-1]))
