"""Kinds of mammography objects, and which of them no model here was made for."""

from typing import Literal

Kind = Literal["mammogram", "synthetic", "low energy", "recombined", "scout", "specimen", "slab", "projection", "capture"]
# What a kind's reader should know; those of NOT_MODELLED have no model at all.
SENTENCES: dict[Kind, str] = {
    "synthetic": "A synthetic 2D image, computed from tomosynthesis: the models were trained on acquired mammograms.",
    "low energy": "The low-energy image of a contrast-enhanced pair: contrast agent was given; the models have seen none.",
    "recombined": "A recombined (subtraction) image of contrast-enhanced mammography: no model here was made for it.",
    "scout": "A stereotactic or biopsy scout image: no model here was made for it.",
    "specimen": "An image of a specimen, not of a breast: no model here was made for it.",
    "slab": "A tomosynthesis slice or slab: no model here was made for it.",
    "projection": "A single tomosynthesis projection (a fraction of a mammogram's dose): no model here was made for it.",
    "capture": "A derived secondary image: marks of other software may be burned in.",
}
NOT_MODELLED: frozenset[Kind] = frozenset({"recombined", "scout", "specimen", "slab", "projection"})
