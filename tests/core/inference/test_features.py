"""Dropout is switched and nothing else; forgetting leaves the original alone."""

import numpy as np
import pytest
import torch
from torch import nn

from core.device import pick
from core.inference.features import PARTS, embed, monte_carlo_dropout, randomised
from core.inference.predictor import Predictor
from core.models.architectures import Classifier
from core.models.heads import CamLayer, CellHead, Neighbourhood


@pytest.fixture
def batch():
    return np.random.default_rng(0).random((3, 1, 128, 96), np.float32)


@pytest.fixture
def noisy_reader(card_of):
    torch.manual_seed(1)
    trunk = nn.Sequential(nn.Conv2d(1, 6, 3, 2, 1), nn.BatchNorm2d(6), nn.ReLU(), nn.AvgPool2d(4))
    head = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(0.5), nn.Linear(6, 2))
    return Predictor(card_of(), Classifier(trunk, head, CamLayer("trunk", 8, 3.5)), pick("cpu"))


def test_embedding_is_the_mean_of_each_map(predictor, batch):
    tiles = batch.reshape(3, 16, 8, 12, 8).mean((2, 4))
    assert embed(predictor, batch)[:, 0] == pytest.approx(tiles.mean((1, 2)), abs=1e-5)


def test_embedding_comes_before_a_norm_that_leaves_no_means(card_of, batch):
    model = Classifier(nn.Sequential(nn.AvgPool2d(8), Neighbourhood(1)), CellHead(2, 2, 0.0), CamLayer("trunk", 8, 3.5)).eval()
    tiles = batch.reshape(3, 16, 8, 12, 8).mean((2, 4))
    assert embed(Predictor(card_of(), model, pick("cpu")), batch)[:, 0] == pytest.approx(tiles.mean((1, 2)), abs=1e-5)


def test_dropout_spreads_and_leaves_no_trace(noisy_reader, batch):
    plain = noisy_reader.logits(batch)
    state = {k: v.clone() for k, v in noisy_reader.model.state_dict().items()}
    drawn = monte_carlo_dropout(noisy_reader, batch, samples=30)
    assert drawn.shape == (30, 3, 2)
    assert drawn.std(0).max() > 0
    assert (monte_carlo_dropout(noisy_reader, batch, samples=30) == drawn).all()
    assert not any(m.training for m in noisy_reader.model.modules())
    assert all((v == state[k]).all() for k, v in noisy_reader.model.state_dict().items())
    assert (noisy_reader.logits(batch) == plain).all()


def test_no_dropout_no_samples(predictor, batch):
    assert monte_carlo_dropout(predictor, batch) is None


@pytest.mark.parametrize("part", PARTS)
def test_forgetting_changes_the_copy_alone(noisy_reader, batch, part):
    before = noisy_reader.logits(batch)
    other = randomised(noisy_reader, part)
    assert not np.allclose(other.logits(batch), before)
    assert (noisy_reader.logits(batch) == before).all()
