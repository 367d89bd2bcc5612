"""Whether a checkpoint beats chance elsewhere is a matter of its intervals."""

import pytest

from core.models.card import Estimate
from core.models.outside_results import OutsideResult, above_chance


def result(low):
    e = Estimate(value=0.6, low=low, high=0.7, method="bootstrap", n=10)
    return OutsideResult(
        checkpoint="m", weights_sha256="0", source="s", positive="tumour", n=10, n_patients=5, n_positive=4, drawn=False,
        auroc=e, sensitivity=e, specificity=e,
    )  # fmt: skip


@pytest.mark.parametrize(("lows", "expected"), [([0.45], False), ([0.45, 0.55], True), ([], False)])
def test_one_source_above_chance_is_enough(lows, expected):
    assert above_chance(tuple(result(low) for low in lows)) is expected
