"""The cases behind a report, and the two ways to their images."""

import pytest

from core.datasets.phantom import dicom_bytes, draw, plan_exam
from core.errors import DataError
from core.evaluation.predictions import logits_of, read_predictions
from core.evaluation.report_images import cases_of, index, phantom_bytes
from core.inference.calibration import probabilities
from core.models.card import find_checkpoint, read_card


def test_cases_of_a_shipped_checkpoint_add_up_to_its_confusion_matrix():
    folder = find_checkpoint("phantom-triage")
    card = read_card(folder)
    cases = cases_of(folder, card)
    frame = read_predictions(folder, card.label_space)
    p = probabilities(logits_of(frame[frame["split"] == "test"], card.label_space), card.label_space, card.temperature)
    assert cases["confidence"].to_numpy() == pytest.approx(p.max(1))
    assert cases["score"].to_numpy() == pytest.approx(p[:, 2])
    accuracy = 1 - cases["wrong"].mean()
    assert accuracy == pytest.approx(card.metrics["accuracy"].value, abs=1e-9)


def test_a_phantom_is_drawn_again_from_its_name():
    assert phantom_bytes("seed4/exam2/R_MLO") == dicom_bytes(draw(plan_exam(4, 2), "R", "MLO", "small"))
    with pytest.raises(DataError, match="name of a phantom"):
        phantom_bytes("../etc/passwd")


def test_files_are_found_by_content(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "renamed.png").write_bytes(b"image")
    (tmp_path / ".hidden").write_bytes(b"x")
    found = index(tmp_path)
    assert list(found.values()) == [tmp_path / "a" / "renamed.png"]
    with pytest.raises(DataError, match="no folder"):
        index(tmp_path / "none")
