"""What a model may answer: the label spaces of the seed systems, one table. No torch."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, model_validator

from core.errors import DataError


class LabelSpace(BaseModel):
    """An ordered set of classes.

    Attributes
    ----------
    name : str
        The order of the classes is part of the name: another order is another space.
    classes : tuple of str
        In the order of the model's outputs.
    kind : {"multiclass", "multilabel"}
        Exactly one class an image (softmax), or any number of them (sigmoid).
    positive : str
        The class or group whose probability is the score.
    groups : dict of str to tuple of str
        Named unions of classes, e.g. malignant = the four malignant density classes.
    negative : str or None
        The class of healthy tissue, where the space has one; `core.training.patches` needs it.
    ordinal_levels : tuple of int
        The level of each class, where the classes are ordered (equal levels: not distinguished by order), so that near misses
        count less; else empty.
    localisable : bool
        Whether the positive class has a place in the image that a heatmap could mark.
    synonyms : dict of str to str
        Other spellings met in data sets, accepted on reading only (lower case → class).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    classes: tuple[str, ...]
    kind: Literal["multiclass", "multilabel"] = "multiclass"
    positive: str
    groups: dict[str, tuple[str, ...]] = {}
    negative: str | None = None
    ordinal_levels: tuple[int, ...] = ()
    localisable: bool = True
    synonyms: dict[str, str] = {}

    @model_validator(mode="after")
    def _check(self) -> "LabelSpace":
        if len(self.classes) < 2 or len(set(self.classes)) != len(self.classes):
            raise ValueError("a label space needs two or more different classes")
        if set(self.groups) & set(self.classes):
            raise ValueError("a group may not bear the name of a class")
        for group, members in self.groups.items():
            if not members or not set(members) <= set(self.classes):
                raise ValueError(f"group {group!r} names classes that do not exist")
        if self.positive not in self.classes and self.positive not in self.groups:
            raise ValueError(f"positive {self.positive!r} is neither a class nor a group")
        if not set(self.synonyms.values()) <= set(self.classes):
            raise ValueError("a synonym points to no class")
        if self.negative is not None and self.negative not in self.classes:
            raise ValueError(f"negative {self.negative!r} is no class")
        if self.ordinal_levels and len(self.ordinal_levels) != len(self.classes):
            raise ValueError("ordinal_levels needs one level for each class")
        return self

    def index(self, label: str) -> int:
        """Position of a class given by its name or a synonym, in any case.

        Raises
        ------
        DataError
            If the label is not known; the known ones are listed.
        """
        wanted = str(label).strip().lower()
        wanted = self.synonyms.get(wanted, wanted)
        for i, name in enumerate(self.classes):
            if name.lower() == wanted.lower():
                return i
        raise DataError(
            f"The label {label!r} is not one of {', '.join(self.classes)}.", "Correct the label, or choose another label space."
        )

    def named(self, word: str | None) -> frozenset[str]:
        """The classes that a word names: a class, a synonym or a group; empty for another word or None."""
        wanted = self.synonyms.get(word or "", word or "")
        return frozenset(self.groups.get(wanted, (wanted,))) & frozenset(self.classes)

    def members(self, name: str) -> tuple[int, ...]:
        """Positions of the classes of a group, or of the class itself."""
        return tuple(self.classes.index(c) for c in self.groups.get(name, (name,)))

    def targets(self, labels: Sequence[str]) -> np.ndarray:
        """Truth of images: int64 (N,) class positions, or, in a multilabel space, float32 (N, C) of 0 and 1 from names joined by blanks."""
        if self.kind == "multiclass":
            return np.array([self.index(label) for label in labels], np.int64)
        out = np.zeros((len(labels), len(self.classes)), np.float32)
        for row, names in enumerate(labels):
            out[row, [self.index(name) for name in names.split()]] = 1
        return out

    def positives(self, targets: np.ndarray) -> np.ndarray:
        """Which images show the positive class or group, bool (N,)."""
        members = list(self.members(self.positive))
        return np.isin(targets, members) if self.kind == "multiclass" else np.asarray(targets[:, members].any(1))

    def group_score(self, probabilities: np.ndarray, name: str) -> np.ndarray:
        """Probability of a class or group from class probabilities, shape (..., C) → (...).

        The sum of the members where exactly one class holds; their maximum where several may.
        """
        chosen = np.asarray(probabilities)[..., list(self.members(name))]
        return np.minimum(chosen.sum(-1), 1.0) if self.kind == "multiclass" else chosen.max(-1)

    def positive_score(self, probabilities: np.ndarray) -> np.ndarray:
        """The score: `group_score` of the positive class or group."""
        return self.group_score(probabilities, self.positive)

    def holds(self, truth: np.ndarray, name: str | None = None) -> np.ndarray:
        """Whether a class or group, the positive one by default, holds, from class indicators, bool (..., C) → (...)."""
        return np.asarray(np.asarray(truth, bool)[..., list(self.members(name or self.positive))].any(-1))

    def decide(self, probabilities: np.ndarray) -> np.ndarray:
        """Predicted classes, bool (N, C): the most probable one; in a multilabel space every one at 0.5 or above."""
        p = np.asarray(probabilities)
        return np.eye(p.shape[1], dtype=bool)[p.argmax(1)] if self.kind == "multiclass" else p >= 0.5


_DENSITY8 = tuple(f"Density{d}{s}" for d in range(1, 5) for s in ("Benign", "Malignant"))

TRIAGE = LabelSpace(
    name="triage",
    classes=("normal", "benign", "malignant"),
    negative="normal",
    positive="malignant",
    groups={"abnormal": ("benign", "malignant")},
    # The mini-MIAS label CSV that is in circulation numbers its classes 0 benign, 1 normal, 2 malignant.
    synonyms={"0": "benign", "1": "normal", "2": "malignant", "b": "benign", "m": "malignant", "norm": "normal"},
)
TUMOUR = LabelSpace(
    name="tumour",
    classes=("no tumour", "tumour"),
    positive="tumour",
    negative="no tumour",
    # In the Roboflow export "benign" means that no cancer was found, not a benign lesion.
    synonyms={
        "benign": "no tumour",
        "malignant": "tumour",
        "no": "no tumour",
        "yes": "tumour",
        "negative": "no tumour",
        "positive": "tumour",
        "0": "no tumour",
        "1": "tumour",
    },
)
SUSPICION = LabelSpace(
    name="suspicion",
    classes=("not suspicious", "suspicious"),  # BI-RADS 1 to 3, BI-RADS 4 to 6: an assessment, not a pathology
    positive="suspicious",
    negative="not suspicious",
)
DENSITY = LabelSpace(
    name="density",
    classes=("a", "b", "c", "d"),
    positive="dense",
    ordinal_levels=(0, 1, 2, 3),
    localisable=False,
    groups={"dense": ("c", "d"), "non-dense": ("a", "b")},
    synonyms={"1": "a", "2": "b", "3": "c", "4": "d"},
)
DENSITY8 = LabelSpace(
    name="density8",
    classes=_DENSITY8,
    positive="malignant",
    ordinal_levels=(0, 0, 1, 1, 2, 2, 3, 3),
    groups={
        "benign": _DENSITY8[0::2],
        "malignant": _DENSITY8[1::2],
        **{f"density {d}": _DENSITY8[2 * d - 2 : 2 * d] for d in range(1, 5)},
    },
)
TISSUE = LabelSpace(
    name="tissue",
    classes=("fatty", "glandular", "dense"),
    positive="dense",
    ordinal_levels=(0, 1, 2),
    localisable=False,
    synonyms={"f": "fatty", "g": "glandular", "d": "dense"},  # as mini-MIAS writes them
)
TISSUE6 = LabelSpace(
    name="tissue6",
    classes=tuple(f"{t} {s}" for t in TISSUE.classes for s in ("benign", "malignant")),
    positive="malignant",
    groups={s: tuple(f"{t} {s}" for t in TISSUE.classes) for s in ("benign", "malignant")},
)
CALCIFICATION = LabelSpace(
    name="calcification",
    classes=("macro", "micro", "amorphous", "vascular"),
    kind="multilabel",
    positive="suspicious",
    groups={"suspicious": ("micro", "amorphous")},
)
# The same four groups for images that show exactly one of them; it has no class for an image without calcifications.
CALCIFICATION4 = LabelSpace(name="calcification4", classes=CALCIFICATION.classes, positive="suspicious", groups=CALCIFICATION.groups)

# The words of the CBIS-DDSM tables, put into the four groups: looks benign, looks suspicious, amorphous, vascular.
CALCIFICATION_GROUPS: dict[str, str] = {
    **dict.fromkeys(("COARSE", "ROUND_AND_REGULAR", "LUCENT_CENTER", "LUCENT_CENTERED", "SKIN"), "macro"),
    **dict.fromkeys(("DYSTROPHIC", "LARGE_RODLIKE", "EGGSHELL", "MILK_OF_CALCIUM", "PUNCTATE"), "macro"),
    **dict.fromkeys(("PLEOMORPHIC", "FINE_LINEAR_BRANCHING"), "micro"),
    "AMORPHOUS": "amorphous",
    "VASCULAR": "vascular",
}

SPACES: dict[str, LabelSpace] = {
    s.name: s for s in (TRIAGE, TUMOUR, SUSPICION, DENSITY, DENSITY8, TISSUE, TISSUE6, CALCIFICATION, CALCIFICATION4)
}
