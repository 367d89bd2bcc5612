"""Wording that the viewer receives from the server; its own controls are worded in viewer/frontend/src/text.ts."""

from dashboard.phrases import NO_EVIDENCE as NO_EVIDENCE

DEFAULT_WINDOW = "Default"
SAME_WINDOW = "Same for all"
OWN_WINDOW = "Own range"
TRAINED = ", training filter"
PLAIN_IMAGE = "Plain image, 8 bits, no measurements. Reason: {reason}. Wheel: zoom. Drag: move. Double click: reset."
COLOUR_BAR_ALT = "Colour bar of the heatmap"
