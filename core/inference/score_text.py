"""A score beside the threshold that it is compared with, as text: numbers that look equal are equal. No torch."""

PLACES = range(2, 18)  # decimal places; 17 significant digits tell any two doubles apart


def decimal(value: float, other: float) -> str:
    """A number with as few decimal places, from two, as distinguish it from `other`: 0.52, but 0.518 against 0.522.

    The text of the smaller number is that of a smaller number.
    """
    if value == other:
        return f"{value:.{PLACES[0]}f}"
    return next((text for n in PLACES if (text := f"{value:.{n}f}") != f"{other:.{n}f}"), repr(float(value)))


def against_threshold(value: float, threshold: float) -> str:
    """A score and its threshold, e.g. "0.518, below threshold (0.522)"."""
    side = "at or above" if value >= threshold else "below"
    return f"{decimal(value, threshold)}, {side} threshold ({decimal(threshold, value)})"
