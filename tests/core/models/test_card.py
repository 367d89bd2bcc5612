import json

import pytest

from core.errors import CheckpointError
from core.imaging.input import InputSpec
from core.labels import TUMOUR
from core.models.card import Card, DataUse, Estimate, Weights, find_checkpoint, list_cards, read_card, write_card


def card(name="a"):
    estimate = Estimate(value=0.7, low=0.6, high=0.8, method="patient-clustered bootstrap", n=100, n_patients=40)
    return Card(
        name=name,
        title="A",
        summary="s",
        architecture="resnet18",
        dropout=0.2,
        label_space=TUMOUR,
        input=InputSpec(),
        temperature=1.3,
        threshold=0.4,
        threshold_rule="Youden",
        data=DataUse(sources=("x",), terms="t", synthetic=False, manifest_sha256="0", split_sha256="1", images={}, patients={}, classes={}),
        metrics={"auroc": estimate},
        majority_baseline=estimate,
        intended_use="research",
        limits=("small",),
        licence="l",
        weights=Weights(sha256="0", signature="", parameters=1),
        initial_weights="random",
        versions={},
        created="2026-01-01",
        recipe={},
    )


def test_round_trip(tmp_path):
    write_card(tmp_path / "a", card())
    assert read_card(tmp_path / "a") == card()


def test_a_folder_without_a_card_is_not_a_checkpoint(tmp_path):
    (tmp_path / "a").mkdir()
    with pytest.raises(CheckpointError, match="not complete"):
        read_card(tmp_path / "a")


@pytest.mark.parametrize("change", [{"temperature": 0}, {"threshold": 2}, {"schema_version": 9}, {"surprise": 1}])
def test_invalid_cards_are_refused_with_a_sentence(tmp_path, change):
    write_card(tmp_path / "a", card())
    path = tmp_path / "a" / "card.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))
    with pytest.raises(CheckpointError, match="not valid"):
        read_card(tmp_path / "a")


def test_an_estimate_has_a_value_or_a_reason():
    assert Estimate(value=None, undefined="one class only", method="bootstrap", n=3).value is None
    with pytest.raises(ValueError, match="either a value or the reason"):
        Estimate(value=None, method="bootstrap", n=3)


def test_finding_by_name_by_path_and_not_at_all(tmp_path, monkeypatch):
    monkeypatch.setenv("SECOND_READER_CHECKPOINTS", str(tmp_path))
    write_card(tmp_path / "a", card())
    (tmp_path / "torn").mkdir()
    (tmp_path / "torn" / "card.json").write_text("{")
    assert find_checkpoint("a") == find_checkpoint(tmp_path / "a") == tmp_path / "a"
    assert [c.name for c in list_cards()] == ["a"]
    with pytest.raises(CheckpointError, match="Choose one of: a"):
        find_checkpoint("b")
