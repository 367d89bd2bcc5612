"""What a note says, what it denies, and what cannot be assessed."""

import pytest

from core.notes.lexicon import BY_KEY, compose, keys_of
from core.notes.understand import NoteError, understand

IRREGULAR, SPICULATED = "shape=IRREGULAR", "margin=SPICULATED"


def denied(text):
    return {m.key for m in understand(text).mentions if m.negated}


def test_descriptors_and_numbers_with_their_places():
    text = "Left breast, CC view. Irregular mass with spiculated margin. Breast density 3. Subtlety 4. BI-RADS 5."
    said = understand(text)
    assert said.keys == (IRREGULAR, SPICULATED)
    assert [text[m.start : m.end] for m in said.mentions] == ["Irregular", "spiculated"]
    assert said.numbers == {"density": 3, "subtlety": 4, "assessment": 5}
    assert said.unknown == said.corrected == ()


@pytest.mark.parametrize(
    ("text", "keys", "no"),
    [
        ("Irregular mass, no spiculated margin.", {IRREGULAR}, {SPICULATED}),
        ("Mass without spiculation. Irregular.", {IRREGULAR}, {SPICULATED}),
        ("No irregular, spiculated or ill-defined mass. Oval mass.", {"shape=OVAL"}, {IRREGULAR, SPICULATED, "margin=ILL_DEFINED"}),
        ("No calcification, irregular mass", {IRREGULAR}, set()),
        ("Spiculation is not seen. Oval mass.", {"shape=OVAL"}, {SPICULATED}),
        ("Architectural distortion is absent; punctate calcifications", {"calcification=PUNCTATE"}, {"shape=ARCHITECTURAL_DISTORTION"}),
        ("No evidence of spiculation but irregular shape", {IRREGULAR}, {SPICULATED}),
    ],
)
def test_negation_reaches_as_far_as_its_clause(text, keys, no):
    assert set(understand(text).keys) == keys
    assert denied(text) == no


def test_longer_phrases_win_and_hyphens_do_not_matter():
    assert understand("Round and regular calcifications").keys == ("calcification=ROUND_AND_REGULAR",)
    assert understand("fine-linear branching, linear").keys == ("calcification=FINE_LINEAR_BRANCHING", "distribution=LINEAR")


def test_misspelt_and_unknown_words():
    said = understand("Iregular mass with spiculatd margins and a zorblax")
    assert said.keys == (IRREGULAR, SPICULATED)
    assert said.corrected == (("iregular", "irregular"), ("spiculatd", "spiculated"))
    assert said.unknown == ("zorblax",)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "empty"),
        ("   \n", "empty"),
        ("Unscharf begrenzte Verschattung mit Mikrokalk im oberen Quadranten links, spiculated", "not in English"),
        ("Nódulo irregular com margens espiculadas na mama direita", "not in English"),
        ("Masse irrégulière avec des spicules dans le sein gauche", "not in English"),
        ("Irregular mass in the knee with ill-defined margins", "another part of the body"),
        ("Normal mammogram.", "no descriptor"),
        ("irregular " * 600, "5000 are the most"),
        ("?!…", "no descriptor"),
    ],
)
def test_what_cannot_be_assessed_is_said(text, why):
    with pytest.raises(NoteError, match=f"Cannot assess.*{why}"):
        understand(text)


def test_every_descriptor_survives_being_written_and_read():
    for key in BY_KEY:
        note = compose((key,), side="LEFT", view="MLO", density="2", subtlety="3", assessment="4")
        said = understand(note)
        assert said.keys == (key,), note
        assert said.numbers == {"density": 2, "subtlety": 3, "assessment": 4}


def test_compound_values_and_absent_ones():
    row = {"mass shape": "IRREGULAR-ARCHITECTURAL_DISTORTION", "mass margins": "", "calc type": "LUCENT_CENTERED-LUCENT_CENTER"}
    assert keys_of(row) == (IRREGULAR, "shape=ARCHITECTURAL_DISTORTION", "calcification=LUCENT_CENTER")
