"""Measures on maps drawn by hand, and all kinds of heatmap of a model that looks for bright discs."""

from dataclasses import replace

import numpy as np
import pytest

from core.evaluation.probes.faithfulness import faithfulness
from core.evaluation.probes.heatmaps import CENTRE, RANDOM, evaluate_heatmaps, measures
from core.evaluation.probes.shortcuts import MIN_PER_VALUE, shortcuts
from core.inference.gradcam import METHODS, SCORE_CAM


def test_measures_worked_by_hand():
    lesion = np.zeros((10, 10), bool)
    lesion[2:4, 2:4] = True
    heat = np.zeros((10, 10))
    heat[2:4, 2:6] = 1.0  # the lesion and as much beside it
    heat[3, 3] = 2.0
    pointing, energy, iou = measures(heat, lesion)
    assert (pointing, energy, iou) == (1.0, pytest.approx(5 / 9), pytest.approx(0.5))
    assert measures(np.zeros((10, 10)), lesion) == (0, 0, 0)
    assert measures(lesion * 1.0, lesion) == (1, 1, 1)


def test_all_kinds_of_heatmap_beside_a_random_point_and_the_centre(films, bright_reader):
    found = evaluate_heatmaps(bright_reader(), films, films.items)
    assert found.n == 2  # the third has no box
    rows = {(r.method, r.subset): r for r in found.rows}
    assert {m for m, a in rows if a == "all"} == {*METHODS, SCORE_CAM, RANDOM, CENTRE}
    assert all(a != "missed" for _, a in rows)  # every image is called positive
    for method in METHODS:
        assert rows[method, "all"].pointing.value == 0.5  # the second box lies elsewhere
    assert rows["Grad-CAM", "called positive"].energy.value < 0.5


def test_faithfulness_of_a_model_that_looks_at_brightness(films, bright_reader):
    found = faithfulness(bright_reader(), films, films.items)
    assert found.n == 3
    # Its map is the image itself times one weight of the head, the only part that has weights: the same map, or none if the sign turns.
    values = {round(x.similarity.value, 6) for x in found.randomised}
    assert values in ({0.0}, {1.0})
    curves = found.curves
    assert curves.deletion[0] == pytest.approx(curves.insertion[-1], abs=0.02)
    assert curves.deletion[2] <= curves.deletion_random[2] + 1e-6
    assert faithfulness(bright_reader(threshold=1.0), films, films.items) is None


def test_a_source_that_the_features_tell(films, bright_reader):
    rng, n = np.random.default_rng(0), 2 * MIN_PER_VALUE
    grids = np.stack([rng.integers(0, 20000, (128, 96)) + (20000 if i % 2 else 0) for i in range(n)]).astype(np.uint16)
    items = [other_item(films.items[0], i) for i in range(n)]
    found = {(x.attribute, x.value): x for x in shortcuts(bright_reader(), items, grids)}
    assert found["source", "b"].auroc.value == 1
    assert found["source", "b"].n == n
    assert found["view", None].auroc is None
    assert "unknown" in found["laterality", None].undefined


def other_item(item, i):
    return replace(item, source="ab"[i % 2], patient=str(i // 4), view="CC")
