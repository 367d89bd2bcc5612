"""A breast-like image in several depths, to be written in the formats under test."""

import numpy as np
import pytest


@pytest.fixture(scope="session")
def brightness():
    """(160, 120) in [0, 1], 12 bits deep, textured, black air on the right; no symmetry, so that turns show."""
    rng = np.random.default_rng(0)
    y, x = np.mgrid[0:160, 0:120]
    tissue = 0.35 + 0.4 * (1 - x / 120) + 0.1 * np.sin(y / 9) + rng.normal(0, 0.02, x.shape) + 0.2 * (np.hypot(y - 50, x - 30) < 9)
    inside = np.hypot((y - 80) / 70, x / 95) < 1
    return np.rint(np.where(inside, np.clip(tissue, 0.1, 1), 0) * 4095) / 4095


@pytest.fixture(scope="session")
def twelve(brightness):
    """uint16, 0 to 4095."""
    return np.rint(brightness * 4095).astype(np.uint16)


@pytest.fixture(scope="session")
def sixteen(twelve):
    """uint16, the twelve bits scaled to sixteen as libpng and PNG 13.12 do it, by repeating the highest bits."""
    return (twelve << 4 | twelve >> 8).astype(np.uint16)


@pytest.fixture(scope="session")
def eight(brightness):
    """uint8."""
    return np.rint(brightness * 255).astype(np.uint8)
