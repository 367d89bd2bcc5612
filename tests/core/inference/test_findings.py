"""The spots of a heatmap as a list: where they are, how large, and none where there is nothing to show."""

from dataclasses import replace

import numpy as np
import pytest

from core.inference.findings import MOST, findings, spots
from tests.core.inference.test_evidence import evidence, scan  # noqa: F401


def with_spots(*cells):
    raw = np.zeros((16, 12))
    for row, column, value in cells:
        raw[row, column] = value
    return raw


def test_two_spots_are_listed_by_their_share_with_place_and_size(scan):  # noqa: F811
    found = evidence(scan, 0.9, 1.0, with_spots((5, 2, 1.0), (10, 4, 0.8)))
    first, second = findings(found, (0.1, 0.1))
    assert first.share > second.share > 0
    assert first.share + second.share < 1  # the rest is below the level
    assert (first.row, first.column) == pytest.approx(found.saliency.peak_point)
    assert 0.8 < first.peak <= 1  # a cell is centred between pixels
    assert (first.depth, second.depth) == ("posterior", "middle")
    covered = found.saliency.geometry.spacing((0.1, 0.1))
    assert 4 * covered[0] < first.size_mm[0] < 16 * covered[0]  # a cell of 8 pixels, to half of its peak on either side
    assert findings(found, None)[0].size_mm is None


def test_there_are_at_most_five(scan):  # noqa: F811
    cells = [(row, column, 1.0) for row in (3, 6, 9, 12) for column in (1, 4)]
    assert len(findings(evidence(scan, 0.9, 1.0, with_spots(*cells)), None)) == MOST


def test_nothing_is_listed_for_weak_unmeasured_or_missing_evidence(scan):  # noqa: F811
    raw = with_spots((5, 2, 1.0))
    assert findings(evidence(scan, 0.1, 1.0, raw), None) == ()
    assert findings(evidence(scan, 0.9, None, raw), None) == ()
    assert findings(evidence(scan, 0.9, 1.0, 0 * raw), None) == ()
    assert findings(evidence(scan, 0.9, 9.0, raw), None) == ()  # far below half of full colour
    saliency = evidence(scan, 0.1, 1.0, raw).saliency
    assert len(spots(replace(saliency), 1.0)) == 1  # for FROC the decision does not count
