"""The breast without a lesion: outline, pectoral muscle, fat and gland, strands, vessels, skin.

Everything is drawn on one coarse grid with the chest wall at the left, so that a small and a full-size
image of the same breast show the same anatomy. Texture is power-law noise, whose exponent near 3 is
what mammograms have (Burgess 1999).
"""

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from scipy.interpolate import PchipInterpolator

from core.datasets.phantom.plan import BreastPlan, ExamPlan

FIELD_MM = (232.96, 179.2)  # height, width of the detector
COARSE_MM = 0.28
COARSE = (832, 640)  # rows, columns of the coarse grid
FAT, GLAND, MUSCLE, SKIN = 0.26, 0.80, 0.62, 0.15
GLAND_LEVEL = {1: 1.45, 2: 0.75, 3: 0.1, 4: -0.8}  # threshold of the gland field, in its standard deviations


@dataclass(frozen=True)
class Anatomy:
    """One view of one breast on the coarse grid, chest wall at the left.

    Attributes
    ----------
    image : ndarray, float32 (832, 640)
        Brightness, 0 outside the breast, about 0.2 (fat) to 0.9 (dense) inside.
    mask : ndarray, bool
        The breast.
    edge : ndarray, float (832,)
        Column of the skin in each row; 0 where the row holds no breast.
    pectoral : ndarray, bool
        The pectoral muscle (MLO only).
    """

    image: np.ndarray
    mask: np.ndarray
    edge: np.ndarray
    pectoral: np.ndarray


def draw_anatomy(exam: ExamPlan, breast: BreastPlan, view: str) -> Anatomy:
    """Draw one view of a breast; depends on the plan and the view only."""
    purpose = (1, "RL".index(breast.laterality), ("CC", "MLO").index(view))
    rng = exam.rng(*purpose)
    edge, nipple_row = _outline(rng, breast, view)
    rows, cols = np.mgrid[: COARSE[0], : COARSE[1]].astype(np.float32)
    mask = cols < edge[:, None]
    mask[[0, -1]] &= view == "MLO"
    padded = np.pad(mask.astype(np.uint8), ((1, 1), (0, 1)), mode="edge")
    # The chest wall is the image's border, not skin: distance counts to the skin only.
    distance = cv2.distanceTransform(np.pad(padded, ((0, 0), (400, 0)), mode="edge"), cv2.DIST_L2, 5)[1:-1, 400:-1] * COARSE_MM
    nipple = (float(nipple_row), float(edge[nipple_row]))
    gland = _gland(rng, _patient(exam, nipple), exam.density, rows, cols, nipple, breast, distance)
    strands = _strands(rng, rows, cols, nipple)
    mottle = power_law(rng, 2.7)
    inside = FAT * (1 + 0.10 * power_law(rng, 3.0)) + (GLAND - FAT) * gland * (0.62 + 0.08 * mottle + 0.26 * strands)
    inside += 0.16 * strands * (0.55 + 0.45 * np.sqrt(gland)) * rng.uniform(0.7, 1.2) + 0.018 * mottle
    inside += _vessels(rng)
    inside += 0.16 * _lumps(rng, mask)
    pectoral = _pectoral(rng, rows, cols) if view == "MLO" else np.zeros(COARSE, bool)
    if view == "MLO":
        soft = cv2.GaussianBlur(pectoral.astype(np.float32), (0, 0), 3)
        muscle = MUSCLE * (1 + 0.05 * power_law(rng, 3.0)) + 0.10 * (1 - cols / COARSE[1]) + 0.35 * (inside - FAT)
        inside = inside * (1 - soft) + muscle * soft
    roll = 1 - np.exp(-(distance + 1.0) / rng.uniform(7, 11))
    image = inside * (0.35 + 0.65 * roll) + SKIN * np.exp(-(((distance - 0.8) / 0.7) ** 2))
    return Anatomy((image * mask).astype(np.float32), mask, edge, pectoral & mask)


def _outline(rng: np.random.Generator, breast: BreastPlan, view: str) -> tuple[np.ndarray, int]:
    """Skin column of each row, and the row of the nipple, on the coarse grid."""
    y = np.arange(COARSE[0]) * COARSE_MM
    depth, height = breast.depth_mm, breast.height_mm
    if view == "CC":
        centre = FIELD_MM[0] / 2 + rng.uniform(-8, 8)
        t = np.clip(np.abs(y - centre) / (height / 2), 0, 1)
        x = depth * np.clip(1 - t ** rng.uniform(1.9, 2.3), 0, None) ** rng.uniform(0.55, 0.66)
        nipple_y = centre + rng.uniform(-5, 5)
    else:
        nipple_y = FIELD_MM[0] * rng.uniform(0.56, 0.64)
        fold_y = min(nipple_y + height * 0.46, FIELD_MM[0] - 12)
        knots_y = [
            0,
            nipple_y * 0.35,
            nipple_y * 0.72,
            nipple_y,
            nipple_y + (fold_y - nipple_y) * 0.6,
            fold_y,
            fold_y + 9,
            FIELD_MM[0] + 30,
        ]
        axilla = depth * rng.uniform(0.66, 0.85)
        knots_x = [
            axilla,
            axilla * rng.uniform(0.94, 1.02),
            depth * 0.9,
            depth,
            depth * 0.78,
            depth * 0.2,
            depth * 0.14,
            depth * rng.uniform(0.2, 0.3),
        ]
        x = PchipInterpolator(knots_y, knots_x)(y)
    x = x + 3.2 * np.exp(-(((y - nipple_y) / 3.6) ** 2))  # the nipple
    x = np.where(x > 1.5, x, 0)
    return np.minimum(x / COARSE_MM, COARSE[1] - 12), round(nipple_y / COARSE_MM)


@lru_cache(maxsize=4)
def _spectrum(exponent: float) -> np.ndarray:
    fy = np.fft.fftfreq(COARSE[0], COARSE_MM)[:, None]
    fx = np.fft.rfftfreq(COARSE[1], COARSE_MM)[None]
    f = np.hypot(fy, fx)
    f[0, 0] = np.inf
    return (np.maximum(f, 0.01) ** (-exponent / 2)).astype(np.float32) * (f < np.inf)


def power_law(rng: np.random.Generator, exponent: float) -> np.ndarray:
    """Gaussian noise with power spectrum 1/f^exponent, float32 on the coarse grid, mean 0, deviation 1."""
    white = np.fft.rfft2(rng.standard_normal(COARSE, dtype=np.float32))
    field = np.fft.irfft2(white * _spectrum(exponent), s=COARSE)
    return ((field - field.mean()) / field.std()).astype(np.float32)


def _patient(exam: ExamPlan, nipple: tuple[float, float]) -> np.ndarray:
    """Where this patient has gland: one field for all four views, moved with the nipple, since breasts of one patient look alike."""
    field = power_law(exam.rng(3), 3.9)
    return np.roll(field, (round(nipple[0] - COARSE[0] / 2), round(nipple[1] - COARSE[1] / 2)), (0, 1))


def _gland(
    rng: np.random.Generator,
    patient: np.ndarray,
    density: int,
    rows: np.ndarray,
    cols: np.ndarray,
    nipple: tuple[float, float],
    breast: BreastPlan,
    distance: np.ndarray,
) -> np.ndarray:
    """Share of gland in [0, 1]: a cone behind the nipple, ragged by noise, thinning towards skin and chest wall."""
    ny, nx = nipple
    depth = breast.depth_mm / COARSE_MM
    u = (nx - cols) / depth  # 0 at the nipple, 1 at the chest wall
    v = (rows - ny) / (breast.height_mm / COARSE_MM / 2)
    cone = 1.3 - 3.2 * (u - 0.42) ** 2 - 2.6 * (v + 0.12 * u) ** 2
    field = 1.5 * cone + 0.80 * patient + 0.68 * power_law(rng, 3.9) + 0.20 * power_law(rng, 2.6)
    level = GLAND_LEVEL[density] + 0.55 + rng.normal(0, 0.12)
    share = 1 / (1 + np.exp(-(field - level) / 0.42))
    fatty_rim = 1 / (1 + np.exp(-(distance - (13 - 2 * density)) / 2.2))
    return (share * fatty_rim).astype(np.float32)


def _strands(rng: np.random.Generator, rows: np.ndarray, cols: np.ndarray, nipple: tuple[float, float]) -> np.ndarray:
    """Ligaments and ducts: ridges of noise that is stretched along the rays from a point behind the nipple; about [0, 1]."""
    ny, nx = nipple
    dy, dx = rows - ny, (nx + 60) - cols
    radius = np.hypot(dy, dx)
    out = np.zeros(COARSE, np.float32)
    # A smooth bend: one with fine detail folds the ridges into worms and specks that look like calcifications.
    bent = np.arctan2(dy, dx) + 0.09 * power_law(rng, 5.0)
    for scale, weight, length in ((26.0, 0.5, 70), (55.0, 0.5, 45)):
        noise: np.ndarray = rng.standard_normal((32, 512)).astype(np.float32)
        noise = cv2.GaussianBlur(noise, (0, 0), 1.2, borderType=cv2.BORDER_REFLECT)
        noise = noise / noise.std()
        value = cv2.remap(
            noise,
            (256 + bent * scale + 0.4 * power_law(rng, 3.6)).astype(np.float32),
            (radius / length).astype(np.float32),
            cv2.INTER_CUBIC,
            borderMode=cv2.BORDER_REFLECT,
        )
        # Ridges follow the zero crossings; near the fan's point they run together and are faded out.
        out += weight * np.clip(1 - np.abs(value) * 1.5, 0, 1) ** 1.5 * np.clip(radius * 2 / scale - 1, 0, 1)
    patchy = np.clip(0.55 + 0.45 * power_law(rng, 2.8), 0, 1.3)
    return out * patchy


def _vessels(rng: np.random.Generator) -> np.ndarray:
    """A few faint, smooth, curved tubes."""
    canvas = np.zeros(COARSE, np.float32)
    for _ in range(rng.integers(2, 6)):
        y, x = rng.uniform(0.25, 0.8) * COARSE[0], 0.0
        heading, points = rng.uniform(-0.5, 0.5), []
        for _ in range(70):
            points.append((x, y))
            heading = np.clip(heading + rng.normal(0, 0.11), -1.1, 1.1)
            x, y = x + 6 * np.cos(heading), y + 6 * np.sin(heading)
        line = np.zeros(COARSE, np.float32)
        curve = np.array(points[: rng.integers(35, 70)]) * 8
        cv2.polylines(line, [curve.astype(np.int32)], False, float(rng.uniform(0.05, 0.11)), int(rng.integers(3, 8)), cv2.LINE_AA, shift=3)
        canvas = np.maximum(canvas, cv2.GaussianBlur(line, (0, 0), 1.5))
    return canvas


def _lumps(rng: np.random.Generator, mask: np.ndarray) -> np.ndarray:
    """Harmless islands of dense tissue, blurred and ragged: which are no masses."""
    out = np.zeros(COARSE, np.float32)
    rows, cols = np.nonzero(mask)
    rough = power_law(rng, 2.6)
    for _ in range(rng.integers(0, 5)):
        at = rng.integers(len(rows))
        size = rng.uniform(8, 30)
        yy, xx = np.mgrid[: COARSE[0], : COARSE[1]].astype(np.float32)
        r = np.hypot((yy - rows[at]) / size, (xx - cols[at]) / (size * rng.uniform(0.6, 1.6)))
        out = np.maximum(out, rng.uniform(0.4, 1.0) * np.clip(1.25 - r - 0.28 * rough, 0, 1))
    return cv2.GaussianBlur(out, (0, 0), 2)


def _pectoral(rng: np.random.Generator, rows: np.ndarray, cols: np.ndarray) -> np.ndarray:
    """The muscle in the upper chest-wall corner of an oblique view, its front edge slightly convex."""
    top, length = rng.uniform(42, 68) / COARSE_MM, rng.uniform(90, 140) / COARSE_MM
    t = rows / length
    return (cols < top * (1 - t) * (1 + rng.uniform(0.25, 0.9) * t)) & (t < 1)
