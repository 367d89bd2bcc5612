from core.inference.default_model import default_card, mismatch, reason


def test_each_kind_of_image_gets_a_model_of_its_kind(card_of, scan_of):
    cards = [card_of("a-real"), card_of("roboflow-tumour"), card_of("a-phantom", synthetic=True), card_of("phantom-triage", synthetic=True)]
    film, phantom = scan_of(), scan_of(synthetic=True)
    assert default_card(cards, film).name == "roboflow-tumour"
    assert default_card(cards, phantom).name == "phantom-triage"
    assert default_card(cards[:1], film).name == "a-real"
    assert default_card(cards[:2], phantom) is None
    assert "no checkpoint" in reason(None, phantom)
    assert "clinical mammogram" in reason(cards[1], film)
    assert mismatch(cards[1], film) is None
    assert mismatch(cards[3], film)
