"""A sweep whose answers are known: what is said of it must be what was put in."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from core.errors import DataError
from core.evaluation.metrics.robustness import filter_range, perturbation_sd, robustness, stability
from core.evaluation.predictions import ClassPredictions, table
from core.evaluation.probes.perturbation_sweep import DROPOUT, UNPERTURBED, all_perturbations, read_sweep, sweep_notes, write_sweep
from core.inference.perturbations import LARGE, SMALL
from core.labels import TUMOUR


@pytest.fixture
def made():
    rng = np.random.default_rng(5)
    truth = rng.random(120) < 0.4
    score = np.clip(0.3 + 0.3 * truth + rng.normal(0, 0.15, 120), 0.01, 0.99)
    known = [
        {"sha256": f"{i:064x}", "patient": f"p{i // 3}", "split": "test", "label": TUMOUR.classes[int(t)]} for i, t in enumerate(truth)
    ]
    frame = table(known, np.log(np.stack([1 - score, score], 1)), TUMOUR)
    swept = pd.DataFrame({"sha256": frame["sha256"], **{c.name: score for c in all_perturbations()}, DROPOUT: 0.01})
    swept["noise"] = rng.random(120)
    swept["blurred"] = 1 - score
    return frame, swept, ClassPredictions.of(frame, TUMOUR, 1.0, 0.5, 200), truth, score


def test_each_change_against_the_plain_image(made):
    _, swept, rows, truth, score = made
    found = {x.perturbation: x for x in robustness(rows, swept.sample(frac=1, random_state=0))}
    assert list(found) == [c.name for c in LARGE]
    assert found["8 bit"].difference.value == 0
    assert found["8 bit"].decision_changes.value == 0
    plain = roc_auc_score(truth, score)
    assert found["blurred"].auroc.value == pytest.approx(1 - plain, abs=1e-6)
    assert found["noise"].difference.value == pytest.approx(roc_auc_score(truth, swept["noise"]) - plain, abs=1e-6)
    assert found["noise"].difference.low < found["noise"].difference.value < found["noise"].difference.high
    crossing = ((swept["noise"] >= 0.5) != (score >= 0.5)).mean()
    assert found["noise"].decision_changes.value == pytest.approx(crossing)


def test_a_sweep_of_other_images_says_nothing(made):
    _, swept, rows, *_ = made
    assert robustness(rows, swept.iloc[1:]) is None
    assert stability(rows, None) is None


def test_spread_that_tells_errors(made):
    _, swept, rows, truth, score = made
    wrong = (score >= 0.5) != truth
    for n, change in enumerate(SMALL):  # wrong ones are shaken
        swept[change.name] = score + 0.2 * wrong * (-1) ** n
    small, dropout = stability(rows, swept)
    assert small.error_auroc.value == 1
    assert small.median == pytest.approx(0, abs=1e-9)
    assert small.p90 > 0.01
    assert dropout.error_auroc.value == pytest.approx(0.5)
    by_hand = np.std([0, *((-1) ** n for n in range(len(SMALL)))]) * 0.2
    assert perturbation_sd(swept)[wrong] == pytest.approx(by_hand)
    swept[DROPOUT] = np.nan
    assert "no dropout" in stability(rows, swept)[1].undefined


def test_filters_that_disagree(made):
    swept = made[1].assign(**{"filter clahe": made[4] + 0.25})
    assert filter_range(swept) == pytest.approx(0.25)


def test_perturbations_that_are_missing_or_unknown_are_named(made, tmp_path):
    _, swept, rows, *_ = made
    write_sweep(tmp_path, swept.drop(columns=["noise", "gamma 0.8"]).assign(tilted=0.5))
    again = read_sweep(tmp_path)
    missing, unknown = sweep_notes(again)
    assert "noise, gamma 0.8" in missing
    assert "tilted" in unknown
    assert "noise" not in {x.perturbation for x in robustness(rows, again)}
    assert stability(rows, again)[0].median is not None
    assert sweep_notes(swept) == sweep_notes(None) == ()


def test_the_file_comes_back_and_a_damaged_one_is_named(made, tmp_path):
    assert read_sweep(tmp_path) is None
    write_sweep(tmp_path, made[1])
    again = read_sweep(tmp_path)
    assert list(again) == ["sha256", *(c.name for c in all_perturbations()), DROPOUT]
    assert again[UNPERTURBED].to_numpy() == pytest.approx(made[4], rel=1e-5)
    write_sweep(tmp_path, made[1].drop(columns="plain"))
    with pytest.raises(DataError, match="damaged"):
        read_sweep(tmp_path)
    write_sweep(tmp_path, made[1].assign(noise="high"))
    with pytest.raises(DataError, match="damaged"):
        read_sweep(tmp_path)
