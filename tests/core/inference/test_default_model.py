import pytest

from core.inference import default_model
from core.inference.default_model import by_preference, default_card, mismatch, reason
from core.labels import TISSUE
from core.models.card import Estimate
from core.models.outside_results import OutsideResult


def result(auroc):
    rate = Estimate(value=0.5, method="none", n=10)
    area = Estimate(value=auroc, low=auroc - 0.1, high=auroc + 0.1, method="bootstrap", n=10)
    counts = {"n": 10, "n_patients": 5, "n_positive": 4, "drawn": False}
    rates = {"auroc": area, "sensitivity": rate, "specificity": rate}
    return OutsideResult(checkpoint="x", weights_sha256="0", source="elsewhere", positive="tumour", **counts, **rates)


@pytest.fixture
def outside(monkeypatch):
    found = {"a-real": (result(0.55), result(0.61)), "b-real": (result(0.7),), "c-density": (result(0.9),)}
    monkeypatch.setattr(default_model, "read_outside", lambda name: found.get(name, ()))
    return found


def test_each_kind_of_image_gets_a_model_of_its_kind(card_of, scan_of, outside):
    cards = [card_of("a-real"), card_of("b-real"), card_of("a-phantom", synthetic=True), card_of("phantom-triage", synthetic=True)]
    film, phantom = scan_of(), scan_of(synthetic=True)
    assert default_card(cards, film).name == "b-real"
    assert default_card(cards, phantom).name == "phantom-triage"
    assert default_card(cards[:1], film).name == "a-real"
    assert default_card(cards[:2], phantom) is None
    assert "no checkpoint" in reason(None, phantom)
    assert "clinical mammogram" in reason(cards[1], film)
    assert mismatch(cards[1], film) is None
    assert mismatch(cards[3], film)


def test_the_best_outside_comes_first_and_scores_of_cancer_before_density(card_of, outside):
    cards = [card_of("untested"), card_of("p", synthetic=True), card_of("c-density").model_copy(update={"label_space": TISSUE})]
    cards += [card_of("a-real"), card_of("b-real")]
    assert [c.name for c in by_preference(cards)] == ["b-real", "a-real", "untested", "c-density", "p"]
    outside["a-real"] = (result(0.8),)
    assert by_preference(cards)[0].name == "a-real"
