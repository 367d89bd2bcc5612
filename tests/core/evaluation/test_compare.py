"""Two checkpoints on the same images."""

import shutil

import pytest

from core.errors import DataError
from core.evaluation.compare import compare
from core.evaluation.predictions import read_predictions, write_predictions
from core.models.card import find_checkpoint, read_card


@pytest.fixture
def with_noise(tmp_path):
    """The shipped phantom checkpoint with the logits of some malignant views turned round."""
    source = find_checkpoint("phantom-triage")
    folder = shutil.copytree(source, tmp_path / "phantom-triage")
    frame = read_predictions(folder, read_card(folder).label_space)
    rows = frame.index[(frame["split"] == "test") & (frame["label"] == "malignant")][:40]
    frame.loc[rows, ["logit_normal", "logit_malignant"]] = frame.loc[rows, ["logit_malignant", "logit_normal"]].to_numpy()
    write_predictions(folder, frame)
    return folder


def test_a_checkpoint_equals_itself():
    same = compare("phantom-triage", "phantom-triage")
    assert same.auroc.difference.value == 0
    assert same.auroc.difference.method.startswith("no interval")
    assert same.mcnemar.p == 1
    assert same.changed == ()


def test_a_worse_one_is_worse_by_an_interval(with_noise):
    out = compare("phantom-triage", with_noise)
    assert out.auroc.difference.high < -0.05
    assert out.auroc.difference.value == pytest.approx(out.auroc.second.value - out.auroc.first.value)
    assert out.mcnemar.only_first_right > 30 > out.mcnemar.only_second_right
    assert out.mcnemar.p < 1e-6
    assert len(out.changed) == out.mcnemar.only_first_right + out.mcnemar.only_second_right


def test_different_positive_classes_are_not_compared():
    with pytest.raises(DataError, match="different positive classes"):
        compare("phantom-triage", "roboflow-tumour")
