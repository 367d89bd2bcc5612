import numpy as np
import pytest
from pydantic import ValidationError

from core.errors import DataError
from core.labels import CALCIFICATION, DENSITY8, SPACES, TRIAGE, TUMOUR, LabelSpace


def test_density8_is_in_the_seed_order_and_collapses():
    assert DENSITY8.classes[:4] == ("Density1Benign", "Density1Malignant", "Density2Benign", "Density2Malignant")
    p = np.array([0.1, 0.2, 0.05, 0.25, 0.1, 0.1, 0.15, 0.05])
    assert DENSITY8.positive_score(p) == pytest.approx(0.6)
    assert DENSITY8.group_score(p, "benign") == pytest.approx(0.4)
    assert DENSITY8.group_score(p, "density 2") == pytest.approx(0.3)


def test_mias_numbering_is_accepted_on_reading_only():
    assert [TRIAGE.classes[TRIAGE.index(n)] for n in "012"] == ["benign", "normal", "malignant"]
    assert TRIAGE.classes == ("normal", "benign", "malignant")


def test_roboflow_benign_means_no_cancer_found():
    assert TUMOUR.index("Benign") == TUMOUR.index("no tumour")


def test_multilabel_score_is_the_maximum():
    assert CALCIFICATION.positive_score(np.array([[0.9, 0.2, 0.4, 0.1]])) == pytest.approx([0.4])


def test_unknown_label_names_the_known_ones():
    with pytest.raises(DataError, match="normal, benign, malignant"):
        TRIAGE.index("healthy")


@pytest.mark.parametrize("space", SPACES.values(), ids=SPACES)
def test_round_trip(space):
    assert LabelSpace.model_validate_json(space.model_dump_json()) == space


@pytest.mark.parametrize(
    "change",
    [
        {"positive": "cancer"},
        {"classes": ("a",)},
        {"classes": ("a", "a")},
        {"groups": {"x": ("c",)}},
        {"groups": {"a": ("b",)}},
        {"synonyms": {"z": "c"}},
        {"colour": "red"},
    ],
)
def test_half_valid_spaces_do_not_exist(change):
    with pytest.raises(ValidationError):
        LabelSpace(**{"name": "x", "classes": ("a", "b"), "positive": "b", **change})


def test_words_name_classes_by_name_synonym_or_group():
    assert TUMOUR.named("malignant") == {"tumour"}
    assert TUMOUR.named("benign") == {TUMOUR.negative}
    assert DENSITY8.named("malignant") == {f"Density{d}Malignant" for d in range(1, 5)}
    assert CALCIFICATION.named("suspicious") == {"micro", "amorphous"}
    assert TRIAGE.named(None) == TRIAGE.named("micro") == frozenset()
