import numpy as np
import pytest
from sklearn.metrics import average_precision_score, roc_auc_score

from core.evaluation.metrics.bootstrap import Bootstrap, auroc, average_precision, wilson


@pytest.mark.parametrize("seed", range(5))
def test_weighted_ranks_agree_with_scikit_learn(seed):
    rng = np.random.default_rng(seed)
    n = 60
    scores, truth = rng.integers(0, 12, n) / 12, rng.random(n) < 0.4  # many ties
    weights = rng.integers(0, 4, (3, n)).astype(float)
    for ours, theirs in ((auroc, roc_auc_score), (average_precision, average_precision_score)):
        expected = [theirs(truth, scores, sample_weight=w) for w in weights]
        np.testing.assert_allclose(ours(scores, truth)(weights), expected, atol=1e-6)


def test_a_patient_is_drawn_whole():
    boot = Bootstrap.of(np.array(["a", "a", "b", "c", "c", "c"]), replicates=50)
    assert boot.n_patients == 3
    assert (boot.counts.sum(1) == 3).all()
    weights = boot.over_rows(lambda w: w)
    assert (weights[:, 0] == weights[:, 1]).all()
    assert (weights[:, 3] == weights[:, 5]).all()
    values = np.arange(6.0)[:, None]
    np.testing.assert_allclose(boot.sums(values), weights @ values)


def test_clusters_widen_the_interval():
    """Ten copies of each image under one patient tell no more than one image; counted as patients they pretend to."""
    rng = np.random.default_rng(1)
    hits = rng.random(40) < 0.6
    one = Bootstrap.of(np.arange(40)).proportion(hits, np.ones(40), "")
    copies = Bootstrap.of(np.repeat(np.arange(40), 10)).proportion(np.repeat(hits, 10), np.ones(400), "")
    naive = Bootstrap.of(np.arange(400)).proportion(np.repeat(hits, 10), np.ones(400), "")
    assert (copies.low, copies.high) == pytest.approx((one.low, one.high))
    assert naive.high - naive.low < 0.5 * (copies.high - copies.low)


def test_the_interval_covers_the_truth_about_as_often_as_it_says():
    rng = np.random.default_rng(2)
    covered = 0
    for _ in range(100):
        hits = rng.random(80) < 0.7
        e = Bootstrap.of(np.arange(80), replicates=400).proportion(hits, np.ones(80), "")
        covered += e.low <= 0.7 <= e.high
    assert 87 <= covered <= 100


def test_wilson_by_hand():
    # Newcombe 1998, table I: 81 of 263 gives 0.2553 to 0.3662.
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)


def test_undefined_stays_undefined_with_its_reason():
    boot = Bootstrap.of(np.arange(4))
    e = boot.proportion(np.ones(4), np.zeros(4), "nobody asked")
    assert (e.value, e.undefined, e.n) == (None, "nobody asked", 0)


@pytest.mark.parametrize(
    ("successes", "n", "low", "high"), [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)]
)
def test_wilson_as_published(successes, n, low, high):
    """Newcombe 1998, Stat Med 17, table I, method 3."""
    assert wilson(successes, n) == (pytest.approx(low, abs=5e-5), pytest.approx(high, abs=5e-5))
