"""Neighbours of made features, and a scan from elsewhere."""

import numpy as np
import pytest

from core.errors import CheckpointError
from core.inference.out_of_distribution import FILE, TrainingNeighbours


def names(i):
    return f"{i:016d}"


@pytest.fixture
def made():
    rng = np.random.default_rng(1)
    train, validation = rng.normal(0, 1, (200, 40)), rng.normal(0, 1, (100, 40))
    train[:, 0] += 6 * (np.arange(200) % 2)
    validation[:, 0] += 6 * (np.arange(100) % 2)
    return train, TrainingNeighbours.of(
        train, validation, [names(i) for i in range(200)], ["ab"[i % 2] for i in range(200)], [f"seed1/exam{i}/L_CC" for i in range(200)]
    )


def test_a_training_image_is_its_own_nearest_and_its_class_is_near(made):
    train, neighbours = made
    first, *rest = neighbours.nearest(train[7])
    assert (first.sha256, first.label, first.case) == (names(7), "b", "seed1/exam7/L_CC")
    assert first.distance == pytest.approx(0, abs=0.02)
    assert len(rest) == 4
    assert [n.distance for n in rest] == sorted(n.distance for n in rest)


def test_what_is_far_is_strange_and_what_is_alike_is_not(made):
    _, neighbours = made
    rng = np.random.default_rng(2)
    assert np.mean([neighbours.is_out_of_distribution(rng.normal(0, 1, 40)) for _ in range(50)]) < 0.1
    far = rng.normal(0, 1, 40) + 8
    assert neighbours.share_nearer(far) == 1
    assert "Out of distribution" in neighbours.sentence(far)
    assert "In distribution" in neighbours.sentence(rng.normal(0, 1, 40))


def test_the_file_comes_back_the_same_and_a_damaged_one_is_named(made, tmp_path):
    train, neighbours = made
    assert TrainingNeighbours.read(tmp_path) is None
    neighbours.write(tmp_path)
    again = TrainingNeighbours.read(tmp_path)
    assert again.nearest(train[3]) == neighbours.nearest(train[3])
    assert again.distance(train[3]) == pytest.approx(neighbours.distance(train[3]))
    (tmp_path / FILE).write_bytes((tmp_path / FILE).read_bytes()[:300])
    with pytest.raises(CheckpointError, match="damaged"):
        TrainingNeighbours.read(tmp_path)
