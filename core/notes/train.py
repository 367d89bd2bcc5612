"""From the CBIS-DDSM description tables to a NoteModel and its report."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedGroupKFold

from core.datasets.sources import cbis_ddsm
from core.errors import DataError
from core.evaluation.predictions import Predictions
from core.files import sha256_bytes, write_json, write_text
from core.inference.threshold_rule import YOUDEN
from core.models.card import Estimate
from core.notes.lexicon import NUMBERS, compose, keys_of
from core.notes.model import ROWS, FeatureSet, NoteCard, NoteModel, Words, document, matrix, score_words, sigmoid, trees_of, vector, xgboost
from core.notes.understand import Understood, understand

if TYPE_CHECKING:
    from xgboost import Booster

SUBSETS = {"pooled": ("mass", "calcification"), "mass": ("mass",), "calcification": ("calcification",)}
FOLDS, ROUNDS = 5, 120
TREES: dict[str, str | float] = {"objective": "binary:logistic", "max_depth": 3, "eta": 0.06, "min_child_weight": 4, "lambda": 2}
TREES |= {"subsample": 0.8, "colsample_bytree": 0.8}
PROXY = "Uses the radiologist's own BI-RADS assessment: a proxy of the answer, not a finding."
LIMITS = (
    "Descriptors of one American data set of the 1990s, written by radiologists who saw the mammogram; it scores words, not images.",
    "Every row is a finding that someone described: a note of a normal breast cannot be scored.",
)


@dataclass(frozen=True)
class Row:
    """One described abnormality."""

    patient: str
    kind: str
    test: bool
    malignant: bool
    note: str
    understood: Understood


def rows_of(folder: Path, features: FeatureSet = "descriptors", kinds: Sequence[str] = SUBSETS["pooled"]) -> list[Row]:
    """The rows of the tables in a folder, each composed into a note and read back from it, as a user's note is.

    The patients of the test tables are dropped from training: 31 stand in both when masses and calcifications are pooled.

    Raises
    ------
    DataError
        If the folder holds none of the tables.
    """
    tables = [t for where in ("", "csv/") for t in sorted(Path(folder).glob(where + cbis_ddsm.GLOB))]
    if not tables:
        raise DataError(f"The folder {folder} holds no description tables of CBIS-DDSM.", f"They are named {cbis_ddsm.GLOB}.")
    described = [r for r in cbis_ddsm.describe(tables) if r["abnormality type"] in kinds]
    held_out = {r["patient id"] for r in described if r["official"] == "test"}
    out = []
    for r in described:
        keys = keys_of(r)
        if not keys or (r["official"] == "train" and r["patient id"] in held_out):
            continue
        stated = {n: r[f"breast {n}" if n == "density" else n] for n in NUMBERS if n != "assessment" or features == "with-assessment"}
        stated = {n: v for n, v in stated.items() if v.isdigit() and NUMBERS[n][0] <= int(v) <= NUMBERS[n][1]}
        note = compose(keys, side=r["left or right breast"], view=r["image view"], **stated)
        test, malignant = r["official"] == "test", r["pathology"] == "MALIGNANT"
        out.append(Row(r["patient id"], r["abnormality type"], test, malignant, note, understand(note)))
    return out


def train(folder: Path, out: Path, *, features: FeatureSet = "descriptors", subset: str = "pooled", seed: int = 0) -> NoteModel:
    """Train on the official training tables, test once on the official test tables, and write `out`.

    `out` receives trees.json, rows.csv (how often each set of descriptors occurred in training, and how often it was
    malignant), predictions.csv (patients as random numbers), report.json and, last, note-card.json.
    Calibration and threshold come from predictions out of fold, grouped by patient.
    """
    rows = rows_of(folder, features, SUBSETS[subset])
    part, test = [r for r in rows if not r.test], [r for r in rows if r.test]
    if len({r.malignant for r in part}) < 2 or not test:
        raise DataError("The tables lack a class, or a test part.", "Put all four description tables into the folder.")
    truth = np.array([r.malignant for r in part])
    patients = np.array([r.patient for r in part])
    x = np.stack([vector(r.understood.keys, r.understood.numbers, features) for r in part])
    margins = np.zeros(len(part))
    for fit, left in StratifiedGroupKFold(FOLDS, shuffle=True, random_state=seed).split(x, truth, patients):
        margins[left] = _boosted(x[fit], truth[fit], features, seed).predict(matrix(x[left], features), output_margin=True)
    platt = LogisticRegression(C=1e6).fit(margins[:, None], truth)
    slope, offset = float(platt.coef_[0, 0]), float(platt.intercept_[0])
    threshold, _ = YOUDEN.choose(sigmoid(slope * margins + offset), truth)
    booster = _boosted(x, truth, features, seed)
    trees, words = trees_of(booster), _words(part)
    tested = matrix([vector(r.understood.keys, r.understood.numbers, features) for r in test], features)
    scores = {
        "trees": sigmoid(slope * booster.predict(tested, output_margin=True) + offset),
        "words": score_words(words, [document(r.understood) for r in test]),
    }
    table = _table(test, scores)
    subsets = {s: kinds for s, kinds in SUBSETS.items() if set(kinds) <= set(SUBSETS[subset])}
    metrics = {s: _metrics(table[table["kind"].isin(kinds)], threshold) for s, kinds in subsets.items()}
    card = NoteCard(
        name=Path(out).name,
        title="Descriptions of CBIS-DDSM",
        features=features,
        proxy=features == "with-assessment",
        subset=subset,
        slope=slope,
        offset=offset,
        threshold=threshold,
        trees_sha256=sha256_bytes(trees),
        words=words,
        n={s: {"rows": len(p), "patients": len({r.patient for r in p})} for s, p in (("train", part), ("test", test))},
        metrics=metrics,
        terms=cbis_ddsm.TERMS,
        limits=(*LIMITS, *((PROXY,) if features == "with-assessment" else ())),
        versions={p: version(p) for p in ("xgboost-cpu", "scikit-learn", "numpy")},
        created=datetime.now(UTC).date().isoformat(),
    )
    write_text(Path(out) / ROWS, _counted(part).to_csv(index=False))
    write_text(Path(out) / "predictions.csv", table.to_csv(index=False, float_format="%.6g"))
    write_json(Path(out) / "report.json", {"proxy": card.proxy, "n": card.n, **card.model_dump(mode="json", include={"metrics"})})
    model = NoteModel(card, booster)
    model.save(out, trees)
    return model


def _boosted(x: np.ndarray, truth: np.ndarray, features: FeatureSet, seed: int) -> "Booster":
    return xgboost().train(TREES | {"seed": seed, "nthread": 1}, matrix(x, features, truth.astype(float)), ROUNDS)


def _words(rows: list[Row]) -> Words:
    vectorizer = TfidfVectorizer(ngram_range=(1, 2), token_pattern=r"\S+", min_df=3)
    x = vectorizer.fit_transform([document(r.understood) for r in rows])
    model = LogisticRegression(C=3.0, max_iter=1000).fit(x, [r.malignant for r in rows])
    return Words(
        vocabulary=tuple(vectorizer.get_feature_names_out()),
        idf=tuple(round(float(v), 6) for v in vectorizer.idf_),
        weights=tuple(round(float(v), 6) for v in model.coef_[0]),
        intercept=round(float(model.intercept_[0]), 6),
    )


def _table(rows: list[Row], scores: dict[str, np.ndarray]) -> pd.DataFrame:
    """Predictions; each patient gets a random number that is not saved, because the tables' ids are public."""
    patients = sorted({r.patient for r in rows})
    secrets.SystemRandom().shuffle(patients)
    number = {p: n for n, p in enumerate(patients)}
    known = [(number[r.patient], r.kind, int(r.malignant)) for r in rows]
    return (
        pd.DataFrame(known, columns=["patient", "kind", "label"])
        .assign(**{k: np.round(v, 6) for k, v in scores.items()})
        .sort_values("patient", kind="stable")
    )


def _counted(rows: list[Row]) -> pd.DataFrame:
    """Training rows by their set of descriptors: keys, n, malignant."""
    frame = pd.DataFrame({"keys": [" ".join(sorted(r.understood.keys)) for r in rows], "malignant": [int(r.malignant) for r in rows]})
    return frame.groupby("keys")["malignant"].agg(n="size", malignant="sum").reset_index()


def _metrics(table: pd.DataFrame, threshold: float) -> dict[str, Estimate]:
    """Of the trees; `auroc_words` of the word model."""
    trees, words = (
        Predictions(table[c].to_numpy(), table["label"].to_numpy(bool), table["patient"].to_numpy()) for c in ("trees", "words")
    )
    called, truth, boot = trees.called(threshold), trees.positive, trees.bootstrap
    return {
        "auroc": trees.auroc,
        "auroc_words": words.auroc,
        "accuracy": boot.mean(called == truth),
        "sensitivity": trees.sensitivity(called, "row"),
        "specificity": trees.specificity(called, "row"),
        "majority_baseline": boot.mean(truth == (truth.mean() >= 0.5)),
    }
