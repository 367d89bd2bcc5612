import numpy as np
import pytest

from core.evaluation.probes.pointing_game import localise, summarise


def test_a_peak_in_the_box_hits_and_one_beside_it_misses(films, bright_reader):
    block = localise(bright_reader(), films, films.items)
    assert (block.n, block.n_not_called) == (2, 0)
    assert block.hit.value == 0.5
    # Ellipses of 60 × 60 and 40 × 40 pixels in half an ellipse with semi-axes 240 and 336.
    breast = np.pi * 240 * 336 / 2
    assert block.random.value == pytest.approx(np.pi * (30 * 30 + 20 * 20) / 2 / breast, rel=0.1)
    assert block.centre.value == pytest.approx(0.5)  # 4/(3π) of 336 is column 143, row 300: inside the first box
    assert "of 2 images (2 patients)" in block.text


def test_images_not_called_positive_are_counted_apart(films, bright_reader):
    assert localise(bright_reader(threshold=1.0), films, films.items) is None


def test_differences_are_paired_and_clustered():
    rng = np.random.default_rng(0)
    hits = rng.random(200) < 0.8
    rows = np.stack([hits, np.full(200, 0.02), np.zeros(200)], 1).astype(float)
    block = summarise(rows, np.repeat(np.arange(50), 4), "malignant")
    d = block.difference_random
    assert d.value == pytest.approx(hits.mean() - 0.02)
    assert 0 < d.low < d.value < d.high
    assert d.n_patients == 50
    assert block.difference_centre.value == pytest.approx(hits.mean())


def test_one_patient_tells_nothing_of_a_difference():
    d = summarise(np.array([[0.0, 0.02, 0.0]] * 3), np.array(["p"] * 3), "malignant").difference_random
    assert (d.low, d.method) == (None, "no interval: one patient")
