"""An impression is one of the known categories, says when it was recorded, and cannot be altered."""

from dataclasses import FrozenInstanceError
from datetime import datetime

import pytest

from core.reading.impression import Impression

AT = datetime(2026, 1, 2, 13, 14, 15)


def test_in_words():
    assert Impression(4, "c", "Upper outer.", AT, False).sentence == "13:14:15, before the score: category 4, density c. Upper outer."
    assert Impression(2, None, "", AT, True).sentence == "13:14:15, after the score: category 2"
    assert "skipped" in Impression(None, None, "", AT, False).sentence


def test_only_known_values_and_no_changes():
    with pytest.raises(ValueError, match="no BI-RADS category"):
        Impression(7, None, "", AT, False)
    with pytest.raises(ValueError, match="no density"):
        Impression(1, "e", "", AT, False)
    with pytest.raises(FrozenInstanceError):
        Impression(1, "a", "", AT, False).category = 2
