"""A NoteModel scores a note; the result is a NotePrediction. Two models score each note: boosted trees on the descriptors, and TF-IDF.

Nothing is pickled: the trees are XGBoost's own JSON, the rest is JSON of ours.
"""

import csv
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Literal, TypeVar

import numpy as np
from pydantic import BaseModel, ConfigDict

from core.errors import CheckpointError
from core.files import read_json, sha256_bytes, write_bytes, write_json
from core.folders import checkpoints_folder
from core.models.card import Estimate
from core.notes.lexicon import BY_KEY, TERMS
from core.notes.understand import Understood, understand

if TYPE_CHECKING:
    from xgboost import Booster, DMatrix

SHIPPED = "cbis-notes"
CARD, TREES, ROWS = "note-card.json", "trees.json", "rows.csv"
FeatureSet = Literal["descriptors", "with-assessment"]
Scores = TypeVar("Scores", float, np.ndarray)  # one, or an array of them
KEYS = tuple(t.key for t in TERMS)
KINDS = ("mass", "calcification")
KIND_GROUPS = {"mass": ("shape", "margin"), "calcification": ("calcification", "distribution")}


class Words(BaseModel):
    """TF-IDF and logistic regression as numbers: a weight for each word and pair of words."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    vocabulary: tuple[str, ...]
    idf: tuple[float, ...]
    weights: tuple[float, ...]
    intercept: float


class NoteCard(BaseModel):
    """What travels with a NoteModel; `note-card.json`, written last.

    Attributes
    ----------
    features : {"descriptors", "with-assessment"}
        The second holds the radiologist's own BI-RADS assessment, a proxy of the answer; `proxy` says so.
    slope, offset : float
        Platt's calibration (1999) of the trees' margin, fitted on predictions out of fold.
    threshold : float
        Of the calibrated score; Youden's on the same predictions.
    metrics : dict of str to dict of str to Estimate
        Subset (pooled, mass, calcification) → metric, on the official test set.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["notes"] = "notes"
    name: str
    title: str
    features: FeatureSet
    proxy: bool
    subset: str
    slope: float
    offset: float
    threshold: float
    trees_sha256: str
    words: Words
    n: dict[str, dict[str, int]]  # split → rows, patients
    metrics: dict[str, dict[str, Estimate]]
    terms: str
    limits: tuple[str, ...]
    versions: dict[str, str]
    created: str


@dataclass(frozen=True)
class Contribution:
    """How a descriptor moved the score.

    Attributes
    ----------
    what : str
        In words: a descriptor, "not …" where the note does not affirm it, or a number such as "density 3".
    logit : float
        In log odds; all of them and the card's base add up to the score's.
    spans : tuple of (int, int)
        Where it stands in the note; empty for what it does not say.
    """

    what: str
    logit: float
    spans: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Similar:
    """A set of descriptors of the training table: how often it occurred, how often malignant, and its Jaccard similarity, 0 to 1."""

    keys: tuple[str, ...]
    n: int
    malignant: int
    similarity: float


@dataclass(frozen=True)
class NotePrediction:
    """A note's score and what it rests on. `score` is calibrated, of malignancy in the table; not a diagnosis."""

    model: str
    proxy: bool
    score: float
    decision: str
    words_score: float
    contributions: tuple[Contribution, ...]
    understood: Understood


@dataclass(frozen=True, eq=False)
class NoteModel:
    """Trees, words and card. Make one with `load` or `core.notes.train.train`."""

    card: NoteCard
    booster: "Booster"
    rows: tuple[tuple[tuple[str, ...], int, int], ...] = ()  # descriptors, n, malignant

    @classmethod
    def load(cls, folder: Path | None = None) -> "NoteModel":
        """A model from its folder; left out: the shipped one.

        Raises
        ------
        CheckpointError
            If the folder is not complete, the trees are not those of the card, or XGBoost is not installed.
        """
        folder = Path(folder or checkpoints_folder() / SHIPPED)
        if not (folder / CARD).is_file():
            raise CheckpointError(f"The folder {folder.name} holds no note model.", "Train one with `second-reader notes train`.")
        card = NoteCard.model_validate(read_json(folder / CARD))
        data = (folder / TREES).read_bytes()
        if sha256_bytes(data) != card.trees_sha256:
            raise CheckpointError(f"The trees of {card.name} are not those of its card.", "Copy the folder again from its source.")
        booster = xgboost().Booster()
        booster.load_model(bytearray(data))
        with open(folder / ROWS, newline="") as f:
            rows = tuple((tuple(r["keys"].split()), int(r["n"]), int(r["malignant"])) for r in csv.DictReader(f))
        return cls(card, booster, rows)

    def similar(self, keys: Sequence[str], count: int = 5) -> tuple[Similar, ...]:
        """The sets of descriptors in the training table that are most like `keys`; of equally similar ones, the more frequent first."""
        wanted = set(keys)
        found = (Similar(k, n, bad, len(wanted & set(k)) / max(1, len(wanted | set(k)))) for k, n, bad in self.rows)
        return tuple(sorted((s for s in found if s.similarity), key=lambda s: (-s.similarity, -s.n))[:count])

    def save(self, folder: Path, trees: bytes) -> None:
        """Write trees and card; the card last."""
        write_bytes(Path(folder) / TREES, trees)
        write_json(Path(folder) / CARD, self.card.model_dump(mode="json"))

    def read(self, text: str) -> NotePrediction:
        """Score a note.

        Raises
        ------
        NoteError
            If it cannot be assessed.
        """
        understood = understand(text)
        row = vector(understood.keys, understood.numbers, self.card.features)
        margins = self.booster.predict(matrix([row], self.card.features), pred_contribs=True)[0]
        score = sigmoid(self.card.slope * float(margins.sum()) + self.card.offset)
        contributions = [
            Contribution(_phrase(name, understood), self.card.slope * float(m), _spans(name, understood))
            for name, m in zip(names(self.card.features), margins[:-1], strict=True)
            if abs(m) > 1e-6
        ]
        return NotePrediction(
            model=self.card.name,
            proxy=self.card.proxy,
            score=score,
            decision="positive" if score >= self.card.threshold else "negative",
            words_score=score_words(self.card.words, [document(understood)])[0],
            contributions=tuple(sorted(contributions, key=lambda c: -abs(c.logit))),
            understood=understood,
        )


def xgboost() -> ModuleType:
    """The package, imported when it is needed.

    Raises
    ------
    CheckpointError
        If it is not installed.
    """
    try:
        import xgboost as package
    except ImportError as e:
        raise CheckpointError("Reading notes needs the package xgboost-cpu.", "Install it: pip install -r requirements.txt.") from e
    return package


def names(features: FeatureSet) -> tuple[str, ...]:
    """Names of the columns of `vector`."""
    return (*KEYS, *KINDS, "density", "subtlety", *(("assessment",) if features == "with-assessment" else ()))


def vector(keys: Sequence[str], numbers: dict[str, int], features: FeatureSet) -> np.ndarray:
    """One row, float32: 0 or 1 a descriptor and kind of finding, then numbers, NaN where the note does not give them."""
    groups = {k.partition("=")[0] for k in keys}
    kinds = [bool(groups & set(KIND_GROUPS[k])) for k in KINDS]
    values = [numbers.get(n, np.nan) for n in names(features)[len(KEYS) + len(KINDS) :]]
    return np.array([*(k in keys for k in KEYS), *kinds, *values], np.float32)


def matrix(rows: Sequence[np.ndarray] | np.ndarray, features: FeatureSet, label: np.ndarray | None = None) -> "DMatrix":
    """An XGBoost DMatrix."""
    return xgboost().DMatrix(np.asarray(rows), label=label, feature_names=[n.replace("=", " ") for n in names(features)])


def document(understood: Understood) -> str:
    """A note for the word model: one token a descriptor, negated ones marked; so misspellings and word order do not matter."""
    return " ".join(("not_" if m.negated else "") + m.key.replace("=", "_").lower() for m in understood.mentions)


def score_words(words: Words, documents: Sequence[str]) -> np.ndarray:
    """Scores of the word model, float (N,)."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    vectorizer = TfidfVectorizer(vocabulary={w: i for i, w in enumerate(words.vocabulary)}, ngram_range=(1, 2), token_pattern=r"\S+")
    vectorizer.idf_ = np.array(words.idf)
    return sigmoid(vectorizer.transform(documents) @ np.array(words.weights) + words.intercept)


def sigmoid(x: Scores) -> Scores:
    """1 / (1 + exp(−x))."""
    return 1 / (1 + np.exp(-x))


def trees_of(booster: "Booster") -> bytes:
    """The booster as XGBoost's JSON, without the build details that differ from machine to machine."""
    return json.dumps(json.loads(bytes(booster.save_raw("json"))), separators=(",", ":")).encode()


def _phrase(name: str, understood: Understood) -> str:
    if name in BY_KEY:
        words = BY_KEY[name].words[0]
        words = f"{words} calcifications" if name.startswith("calcification") and "calc" not in words else words
        return words if name in understood.keys else f"not {words}"
    if name in KINDS:
        return f"about a {name}" if any(k.split("=")[0] in KIND_GROUPS[name] for k in understood.keys) else f"not about a {name}"
    return f"{name} {understood.numbers[name]}" if name in understood.numbers else f"no {name} given"


def _spans(name: str, understood: Understood) -> tuple[tuple[int, int], ...]:
    return tuple((m.start, m.end) for m in understood.mentions if m.key == name and not m.negated)
