"""Planted lesions: what they add to the image, and where they are."""

from dataclasses import dataclass

import cv2
import numpy as np

from core.datasets.phantom.plan import LesionPlan

# Added brightness at strength 0 and 1. These numbers set how hard the phantoms are: with them a small
# network is good but not perfect (NOTES.md has what was measured).
MASS_CONTRAST = (0.09, 0.23)
SPECK_CONTRAST = (0.22, 0.60)
COARSE_SPECK_CONTRAST = (0.25, 0.60)
AMORPHOUS_CONTRAST = (0.55, 1.00)  # before the blur that makes them hazy


@dataclass(frozen=True)
class Patch:
    """What a lesion adds: brightness, float32 (n, n) with an odd n, and its mask, bool (n, n)."""

    added: np.ndarray
    mask: np.ndarray


def draw_lesion(plan: LesionPlan, spacing_mm: float, view: str) -> Patch:
    """Draw a lesion on a grid of `spacing_mm`. Kind, size and strength are the plan's; the details are drawn again for each view."""
    rng = np.random.default_rng(np.random.SeedSequence([plan.seed, ("CC", "MLO").index(view)]))
    if plan.kind.endswith("mass"):
        return _mass(rng, plan, spacing_mm)
    return _calcifications(rng, plan, spacing_mm)


def _grid(plan: LesionPlan, spacing_mm: float, reach: float) -> tuple[np.ndarray, np.ndarray]:
    """Coordinates in radii of the lesion, over `reach` radii on each side."""
    half = int(np.ceil(reach * plan.diameter_mm / 2 / spacing_mm))
    axis = np.arange(-half, half + 1, dtype=np.float32) * spacing_mm / (plan.diameter_mm / 2)
    return np.meshgrid(axis, axis, indexing="ij")


def _mass(rng: np.random.Generator, plan: LesionPlan, spacing_mm: float) -> Patch:
    y, x = _grid(plan, spacing_mm, 2.2 if plan.kind == "spiculated mass" else 1.3)
    contrast = np.interp(plan.strength, (0, 1), MASS_CONTRAST)
    angle, r = np.arctan2(y, x), np.hypot(x, y)
    if plan.kind == "round mass":
        turn, flat = rng.uniform(0, np.pi), rng.uniform(0.78, 1.0)
        u, v = x * np.cos(turn) + y * np.sin(turn), -x * np.sin(turn) + y * np.cos(turn)
        depth = 1 - np.hypot(u, v / flat)
    elif plan.kind == "lobulated mass":
        n = rng.integers(3, 6)
        depth = np.full(x.shape, -9.0, np.float32)
        for a in np.linspace(0, 2 * np.pi, n, endpoint=False) + rng.uniform(0, 6):
            depth = np.maximum(depth, 0.62 * rng.uniform(0.85, 1.1) - np.hypot(x - 0.42 * np.cos(a), y - 0.42 * np.sin(a)))
    else:
        ragged = sum(rng.uniform(0.02, 0.09) * np.cos(k * angle + rng.uniform(0, 6)) for k in range(3, 10))
        depth = 0.70 + ragged - r
    soft = {"round mass": 0.07, "lobulated mass": 0.07}.get(plan.kind, 0.16)
    body = np.clip(depth / soft * 0.5 + 0.5, 0, 1) * (0.75 + 0.25 * np.clip(depth, 0, 1))
    added = contrast * body
    if plan.kind == "spiculated mass":
        added = np.maximum(added, contrast * 0.9 * _spicules(rng, x.shape, plan, spacing_mm) * np.clip(2.15 - r, 0, 1))
    mask = (depth > 0) if plan.kind != "spiculated mass" else (r < 1)
    return Patch(added.astype(np.float32), mask)


def _spicules(rng: np.random.Generator, shape: tuple[int, int], plan: LesionPlan, spacing_mm: float) -> np.ndarray:
    """Fine lines that leave the mass in all directions and thin out; float32 in [0, 1]."""
    out = np.zeros(shape, np.float32)
    centre, unit = (shape[0] - 1) / 2, plan.diameter_mm / 2 / spacing_mm
    for angle in np.sort(rng.uniform(0, 2 * np.pi, rng.integers(22, 40))):
        length, bend = 1.0 + 1.1 * rng.beta(1.2, 2.0), rng.normal(0, 0.12)
        t = np.linspace(0.45, length, 14)
        a = angle + bend * t
        points = np.rint(np.stack([centre + unit * t * np.cos(a), centre + unit * t * np.sin(a)], 1) * 8).astype(np.int32)
        line, bright = np.zeros(shape, np.float32), float(rng.uniform(0.4, 1.0))
        width = max(1, round(rng.uniform(0.3, 0.6) / spacing_mm))
        for k in range(len(points) - 1):  # a spicule thins out towards its end
            fade = bright * (1 - 0.7 * k / len(points))
            cv2.line(line, points[k].tolist(), points[k + 1].tolist(), fade, width if k < 7 else max(1, width - 1), cv2.LINE_AA, shift=3)
        out = np.maximum(out, line)
    return cv2.GaussianBlur(out, (0, 0), max(0.5, 0.18 / spacing_mm))


def _calcifications(rng: np.random.Generator, plan: LesionPlan, spacing_mm: float) -> Patch:
    """Specks, drawn at most 0.07 mm fine and averaged down, so that a coarse grid loses what a detector would lose."""
    fine = min(spacing_mm, 0.07)
    factor = round(spacing_mm / fine)
    y, _ = _grid(plan, spacing_mm, 1.15)
    n = y.shape[0] * factor
    canvas = np.zeros((n, n), np.float32)
    for row, col, length, width, turn, bright in _specks(rng, plan):
        at: np.ndarray = ((np.array([col, row]) * plan.diameter_mm / 2 / fine) + (n - 1) / 2) * 8
        axes = np.maximum(np.array([length, width]) / fine / 2, 0.6) * 8
        one = np.zeros_like(canvas)
        cv2.ellipse(one, [round(float(v)) for v in at], np.rint(axes).astype(int).tolist(), turn, 0, 360, bright, -1, cv2.LINE_AA, 3)
        canvas = np.maximum(canvas, one)
    if plan.kind == "popcorn calcification":  # knobbly, not a flat white disc
        knobs = cv2.GaussianBlur(rng.standard_normal((n, n)).astype(np.float32), (0, 0), 0.35 / fine)
        canvas *= np.clip(0.75 + 0.22 * knobs / knobs.std(), 0.2, 1.2)
    canvas = cv2.GaussianBlur(canvas, (0, 0), (0.28 if plan.kind == "amorphous calcifications" else 0.07) / fine)
    added = cv2.resize(canvas, y.shape[::-1], interpolation=cv2.INTER_AREA) if factor > 1 else canvas
    reach = max(3, round(1.0 / spacing_mm)) | 1
    mask = cv2.dilate((added > 0.02).astype(np.uint8), np.ones((reach, reach), np.uint8))
    hull = np.zeros_like(mask)
    points = cv2.findNonZero(mask)
    if points is not None:
        cv2.fillConvexPoly(hull, cv2.convexHull(points), 1)
    return Patch(added.astype(np.float32), hull.astype(bool))


def _specks(rng: np.random.Generator, plan: LesionPlan) -> list[tuple[float, float, float, float, float, float]]:
    """(row, column in radii, length mm, width mm, turn in degrees, brightness) of each speck."""
    contrast = {"pleomorphic calcifications": SPECK_CONTRAST, "amorphous calcifications": AMORPHOUS_CONTRAST}
    low, high = contrast.get(plan.kind, COARSE_SPECK_CONTRAST)
    bright = low + (high - low) * plan.strength
    out = []

    def speck(row: float, col: float, length: float, width: float, gain: float = 1.0) -> None:
        out.append((row, col, length, width, float(rng.uniform(0, 180)), float(min(1.0, bright * gain))))

    if plan.kind == "popcorn calcification":
        for _ in range(rng.integers(5, 10)):
            size = plan.diameter_mm * rng.uniform(0.25, 0.5)
            row, col = rng.normal(0, 0.36, 2).clip(-0.6, 0.6)
            speck(row, col, size, size * rng.uniform(0.6, 1), rng.uniform(0.7, 1))
    elif plan.kind == "vascular calcifications":
        turn, bend = rng.uniform(0, np.pi), rng.normal(0, 0.3)
        bow, phase = rng.normal(0, 0.12), rng.uniform(0, 6)
        for t in np.linspace(-1, 1, int(plan.diameter_mm * 3)):
            for wall in (-1, 1):
                if rng.random() < 0.45 + 0.4 * np.sin(5 * t + phase + wall):  # the walls calcify in stretches
                    u, v = t, bend * (t * t - 0.4) + bow * np.sin(4 * t + phase) + wall * 1.1 / plan.diameter_mm
                    speck(
                        u * np.sin(turn) + v * np.cos(turn),
                        u * np.cos(turn) - v * np.sin(turn),
                        rng.uniform(0.3, 0.9),
                        0.3,
                        rng.uniform(0.4, 0.9),
                    )
    else:
        fine = plan.kind == "pleomorphic calcifications"
        for _ in range(rng.integers(14, 34) if fine else rng.integers(30, 60)):
            r, a = np.sqrt(rng.random()), rng.uniform(0, 2 * np.pi)
            length = rng.uniform(0.25, 0.9) if fine else rng.uniform(0.2, 0.45)
            speck(
                r * np.sin(a),
                0.75 * r * np.cos(a),
                length,
                length * rng.uniform(0.3, 0.9),
                rng.uniform(0.5, 1.2) if fine else rng.uniform(0.5, 0.9),
            )
    return out
