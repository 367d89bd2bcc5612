"""Which checkpoint reads a scan when the user names none. No torch."""

from collections.abc import Sequence

from core.models.card import Card
from core.models.outside_results import mean_outside, read_outside
from core.scans.scan import Scan

PREFERRED_PHANTOM_MODEL = "phantom-triage"
SCORES_OF_CANCER = ("tumour", "triage", "suspicion")  # label spaces; density is no answer to what a reader asks first


def by_preference(cards: Sequence[Card]) -> list[Card]:
    """Cards for mammograms, then those for phantoms, each the preferred one first.

    For mammograms scores of cancer go before others, then the highest mean AUROC on sources that the checkpoint was not trained on.
    """

    def key(card: Card) -> tuple[bool, bool, float, str]:
        if card.synthetic:
            return True, card.name != PREFERRED_PHANTOM_MODEL, 0.0, card.name
        return False, card.label_space.name not in SCORES_OF_CANCER, -(mean_outside(read_outside(card.name)) or 0.0), card.name

    return sorted(cards, key=key)


def default_card(cards: Sequence[Card], scan: Scan) -> Card | None:
    """The preferred card of those whose training data match the scan: phantoms for a phantom, clinical mammograms for a mammogram."""
    return next((c for c in by_preference(cards) if c.synthetic == scan.synthetic), None)


def reason(card: Card | None, scan: Scan) -> str:
    """One sentence: why `default_card` chose this card, or why it found none."""
    kind = "a phantom" if scan.synthetic else "a clinical mammogram"
    if card is None:
        return f"This image is {kind}, and no checkpoint was trained on such images."
    return f"{card.title} was chosen because this image is {kind} and the model was trained on such images."


def mismatch(card: Card, scan: Scan) -> str | None:
    """Why this card may not score this scan (phantom model and mammogram, or the other way round), or None."""
    if card.synthetic == scan.synthetic:
        return None
    if card.synthetic:
        return f"{card.title} knows phantoms alone; it cannot score a clinical mammogram."
    return f"{card.title} was trained on clinical mammograms; it cannot score a phantom."
