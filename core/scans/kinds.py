"""Kinds of mammography objects, and which of them no model here was made for."""

from typing import Literal

Kind = Literal["mammogram", "synthetic", "contrast", "recombined", "biopsy", "specimen", "slab", "projection", "capture"]
# What a kind's reader should know; those of NOT_MODELLED have no model at all.
SENTENCES: dict[Kind, str] = {
    "synthetic": "A synthetic 2D image, computed from tomosynthesis: the models were trained on acquired mammograms.",
    "contrast": "A contrast-enhanced mammogram, such as the low-energy image of a pair: the models have seen none.",
    "recombined": "A recombined, subtraction or high-energy image of contrast-enhanced mammography: no model here was made for it.",
    "biopsy": "A stereotactic or biopsy image, such as a scout: no model here was made for it.",
    "specimen": "An image of a specimen, not of a breast: no model here was made for it.",
    "slab": "A tomosynthesis slice or slab: no model here was made for it.",
    "projection": "A single tomosynthesis projection (a fraction of a mammogram's dose): no model here was made for it.",
    "capture": "A derived secondary image: marks of other software may be burned in.",
}
NOT_MODELLED: frozenset[Kind] = frozenset({"recombined", "biopsy", "specimen", "slab", "projection"})
