"""Wording that the viewer receives from the server; its own controls are worded in viewer/frontend/src/text.ts."""

from typing import TYPE_CHECKING

from dashboard.phrases import NO_EVIDENCE as NO_EVIDENCE

if TYPE_CHECKING:
    from core.imaging.orientation import Turn

DEFAULT_WINDOW = "Default"
SAME_WINDOW = "Same for all"
OWN_WINDOW = "Own range"
PLAIN_IMAGE = "Plain image, 8 bits, no measurements. Reason: {reason}. Wheel: zoom. Drag: move. Double click: reset."
WEAK = "Below the threshold: the heatmap is not coloured."
COLOUR_BAR_ALT = "Colour bar of the heatmap"


def heat(method: str, label: str, measured: bool) -> str:
    """What a heatmap is, and on which scale."""
    return f"{method}, {label} · {'scale of the model' if measured else 'no measured scale: strength follows the score'}"


def turned(turn: "Turn") -> str | None:
    """That a view hangs otherwise than its file stores it; None where it does not."""
    if turn.transposed:
        return "turned"
    if turn.rows_reversed and turn.columns_reversed:
        return "turned by 180°"
    return "mirrored" if turn.rows_reversed or turn.columns_reversed else None
