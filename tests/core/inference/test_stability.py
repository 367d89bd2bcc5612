"""A model whose score is the brightness of one spot: the tests of doubt must find that out."""

import numpy as np
import pytest
import torch
from torch import nn

from core.device import pick
from core.errors import CheckpointError
from core.inference.perturbations import SMALL
from core.inference.predictor import Predictor
from core.inference.stability import filter_agreement, occlusion_test, perturbation_spread
from core.models.architectures import Classifier
from core.models.heads import CamLayer


class _Brightest(nn.Module):
    """Logits from the brightest tile alone."""

    def __init__(self):
        super().__init__()
        self.steep = nn.Parameter(torch.tensor(6.0))

    def forward(self, x):
        top = self.steep * (x.amax((1, 2, 3)) - 0.7)
        return torch.stack([-top, top], 1)


@pytest.fixture
def spotter(card_of):
    return Predictor(card_of(), Classifier(nn.Sequential(nn.AvgPool2d(4)), _Brightest(), CamLayer("trunk", 4, 1.5)), pick("cpu"))


def test_the_hot_spot_of_a_spot_detector_is_causal(spotter, scan_of):
    scan = scan_of()
    found = occlusion_test(spotter, scan, spotter.explain(scan, "tumour"))
    assert found.score > 0.8
    assert found.occluded < 0.5
    assert len(found.controls) == 6
    assert all(abs(c - found.score) < 0.05 for c in found.controls)
    assert found.causal
    assert "The score depends on the hot spot" in found.sentence


def test_a_spot_is_not_causal_where_the_model_looks_at_everything(predictor, scan_of):
    scan = scan_of(lesion=(250, 120, 6))
    found = occlusion_test(predictor, scan, predictor.explain(scan, "tumour"))
    assert abs(found.score - found.occluded) < 0.1


def test_a_map_without_a_peak_has_no_hot_spot(predictor, scan_of):
    scan = scan_of()
    saliency = predictor.explain(scan, "no tumour")
    assert saliency.peak == 0
    assert occlusion_test(predictor, scan, saliency) is None


def test_spread_counts_what_crosses_the_threshold(card_of, model_of, scan_of):
    scan = scan_of()
    score = Predictor(card_of(), model_of(), pick("cpu")).predict(scan).score
    near = perturbation_spread(Predictor(card_of(threshold=score), model_of(), pick("cpu")), scan)
    assert near.score == pytest.approx(score, abs=1e-6)
    assert len(near.perturbed) == len(SMALL)
    assert 0 < near.crossing < len(SMALL)
    far = perturbation_spread(Predictor(card_of(threshold=0.01), model_of(), pick("cpu")), scan)
    assert far.crossing == 0
    assert "none crosses" in far.sentence
    assert far.perturbed == near.perturbed  # the same changes every time
    darker, brighter = far.perturbed[-1], far.perturbed[-4]  # gamma 1.25 and 0.8
    assert darker < score < brighter


def test_filters_on_both_sides_are_unstable(card_of, model_of, spotter, scan_of):
    scan = scan_of(lesion=(250, 120, 6))
    found = filter_agreement(spotter, scan)
    assert list(found.scores) == ["none", "gaussian", "mean", "laplacian", "clahe"]
    assert found.scores["none"] == pytest.approx(spotter.predict(scan).score, abs=1e-5)
    assert found.scores["mean"] < found.scores["none"]  # a small bright disc is smoothed away
    between = (found.scores["mean"] + found.scores["none"]) / 2
    torn = filter_agreement(Predictor(card_of(threshold=between), spotter.model, pick("cpu")), scan)
    assert not torn.stable
    assert "unstable, other side of the threshold with" in torn.sentence
    assert "mean" in torn.sentence
    calm = filter_agreement(Predictor(card_of(threshold=0.0), spotter.model, pick("cpu")), scan)
    assert calm.stable
    assert calm.sentence.endswith(": stable.")


def test_domains_are_kept_apart(predictor, scan_of):
    phantom = scan_of(synthetic=True)
    with pytest.raises(CheckpointError):
        perturbation_spread(predictor, phantom)
    assert np.isfinite(
        perturbation_spread(Predictor(predictor.card, predictor.model, pick("cpu"), any_domain=True), phantom).perturbed
    ).all()
