"""Which checkpoint reads a scan when the user names none. No torch."""

from collections.abc import Sequence

from core.models.card import Card
from core.scans.scan import Scan

# The first of these that is present; otherwise the first by name of the right domain.
PREFERRED = {True: ("phantom-triage",), False: ("roboflow-tumour",)}


def default_card(cards: Sequence[Card], scan: Scan) -> Card | None:
    """The card whose training data match the scan: phantoms for a phantom, clinical mammograms for a mammogram; else None."""
    fitting = {c.name: c for c in sorted(cards, key=lambda c: c.name) if c.synthetic == scan.synthetic}
    for name in PREFERRED[scan.synthetic]:
        if name in fitting:
            return fitting[name]
    return next(iter(fitting.values()), None)


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
