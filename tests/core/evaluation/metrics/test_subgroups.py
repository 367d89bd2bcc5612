"""Levels, subgroups, conformal sets and abstention on tables that can be counted by hand."""

import numpy as np
import pytest

from core.evaluation.metrics.prediction_sets import conformal, selective_prediction
from core.evaluation.metrics.subgroups import by_level, subgroups
from core.evaluation.predictions import ClassPredictions, table
from core.labels import TRIAGE, TUMOUR


def rows(score, label, patient, laterality=None, density=None, replicates=100):
    score = np.array(score)
    logits = np.stack([np.zeros(len(score)), np.log(score / (1 - score))], 1)
    laterality, density = laterality or "" * len(score), density or "" * len(score)
    known = [
        {
            "sha256": str(i),
            "patient": p,
            "split": "test",
            "label": TUMOUR.classes[y],
            "laterality": laterality[i] if laterality else "",
            "density": density[i] if density else "",
        }
        for i, (p, y) in enumerate(zip(patient, label, strict=True))
    ]
    return ClassPredictions.of(table(known, logits, TUMOUR), TUMOUR, 1.0, 0.5, replicates)


def test_images_breasts_and_patients():
    # Patient a: left breast 0.9 and 0.2, positive; right 0.1, 0.3. Patient b: left 0.4, 0.6; right 0.2, 0.2; all negative.
    r = rows([0.9, 0.2, 0.1, 0.3, 0.4, 0.6, 0.2, 0.2], [1, 1, 0, 0, 0, 0, 0, 0], "aaaabbbb", "LLRRLLRR")
    found = {(x.level, x.aggregation): x for x in by_level(r)}
    assert {k: x.n for k, x in found.items()} == {
        ("image", "none"): 8,
        ("breast", "max"): 4,
        ("breast", "mean"): 4,
        ("patient", "max"): 2,
        ("patient", "mean"): 2,
    }
    assert found["image", "none"].auroc.value == pytest.approx((6 + 1 + 2 * 0.5) / 12)  # 0.2 is above 0.1 and ties with two
    assert found["breast", "max"].auroc.value == 1
    assert found["breast", "max"].specificity.value == pytest.approx(2 / 3)  # b's left breast reaches 0.6
    assert found["breast", "mean"].specificity.value == pytest.approx(2 / 3)  # its mean is 0.5
    assert found["patient", "mean"].sensitivity.value == 0  # (0.9 + 0.2 + 0.1 + 0.3) / 4 = 0.375


def test_breasts_need_a_side():
    r = rows([0.9, 0.2, 0.4], [1, 0, 0], "abc")
    assert {x.level for x in by_level(r)} == {"image", "patient"}


def test_small_subgroups_carry_a_warning_and_undefined_ones_a_reason():
    r = rows([0.9, 0.2] * 20 + [0.4, 0.3], [1, 0] * 20 + [0, 0], [str(i) for i in range(42)], density="2" * 40 + "44")
    two, four = subgroups(r)
    assert (two.value, two.n, two.warning, two.auroc.value) == ("2", 40, "", 1)
    assert (four.value, four.n, four.warning) == ("4", 2, "fewer than 30 images")
    assert four.auroc.value is None
    assert "one class" in four.auroc.undefined


def exchangeable(n, seed):
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 3, n)
    logits = rng.normal(0, 1, (n, 3)) + np.eye(3)[truth]
    known = [{"sha256": str(i), "patient": str(i), "split": "test", "label": TRIAGE.classes[t]} for i, t in enumerate(truth)]
    return ClassPredictions.of(table(known, logits, TRIAGE), TRIAGE, 1.0, 0.4, 50)


def test_conformal_sets_keep_their_promise_on_exchangeable_images():
    coverage = [conformal(exchangeable(300, s), exchangeable(300, 1000 + s)).coverage.value for s in range(8)]
    assert 0.88 < np.mean(coverage) < 0.93
    found = conformal(exchangeable(300, 1), exchangeable(300, 2))
    assert sum(found.set_sizes.values()) == 300
    assert found.mean_size == pytest.approx(sum(int(k) * n for k, n in found.set_sizes.items()) / 300)
    assert (
        conformal(exchangeable(5, 1), exchangeable(9, 2)).probability_threshold == 0
    )  # too few to promise anything: every class is in every set


def test_leaving_the_doubtful_aside_by_hand():
    # The two nearest to 0.5 are wrong: at full share 2 of 4 are wrong, at half none.
    r = rows([0.95, 0.05, 0.45, 0.55], [1, 0, 1, 0], "abcd")
    found = selective_prediction(r)
    assert dict(zip(found.coverage, found.error_rate, strict=True))[1.0] == 0.5
    assert dict(zip(found.coverage, found.error_rate, strict=True))[0.5] == 0
    assert found.aurc == pytest.approx((0 + 0 + 1 / 3 + 1 / 2) / 4)


def test_findings_and_sizes_stand_against_all_negatives():
    kinds = ["round mass", "amorphous calcifications", "round mass;amorphous calcifications", "", "", "round mass"]
    rows = [
        {"sha256": str(i), "patient": str(i), "split": "test", "label": label, "finding": kinds[i], "size": size}
        for i, (label, size) in enumerate(
            [("tumour", 10), ("tumour", 20), ("tumour", 30), ("no tumour", ""), ("no tumour", ""), ("no tumour", 40)]
        )
    ]
    logits = np.array([[0, 3], [0, -1], [0, 1], [0, -2], [0, 0], [0, 2]], float)
    r = ClassPredictions.of(table(rows, logits, TUMOUR), TUMOUR, 1.0, 0.5, 20)
    found = {(x.stratum, x.value): x for x in subgroups(r)}
    assert set(found) == {
        ("finding", "amorphous calcifications"),
        ("finding", "round mass"),
        ("size", "up to 17 px"),
        ("size", "17 to 23 px"),
        ("size", "above 23 px"),
    }
    mass = found["finding", "round mass"]
    assert (mass.n, mass.n_positive) == (2, 2)  # the benign one stands among the negatives
    assert mass.auroc.value == pytest.approx(5 / 6)  # scores 3 and 1 against −2, 0, 2
    assert mass.sensitivity.value == 1
    assert found["finding", "amorphous calcifications"].sensitivity.value == 0.5
    assert found["size", "17 to 23 px"].auroc.value == pytest.approx(1 / 3)
