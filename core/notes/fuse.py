"""From a checkpoint's predictions and the notes of the same cases to a Fusion: fitted on validation, tested once. No torch."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression

from core.datasets.sources import open_folder
from core.errors import DataError
from core.evaluation.metrics.analytic import delong_test
from core.evaluation.metrics.bootstrap import auroc
from core.evaluation.predictions import ClassPredictions, Predictions, read_predictions
from core.evaluation.report_images import phantom_note
from core.files import sha256_file
from core.inference.threshold_rule import YOUDEN
from core.models.card import Card, Estimate, find_checkpoint, read_card
from core.notes.fusion import Fusion, combine, log_odds
from core.notes.model import NoteModel
from core.notes.understand import NoteError

MIN_PER_CLASS = 10  # described validation images of either kind
EXCHANGED_SHARE = 0.3  # share of the notes that the control exchanges between cases
PHANTOM_NOTES = (
    "The notes of phantoms are written from the same plan that draws the lesion: the note is nearly the answer, a proxy. "
    "A check of the software, no evidence of what a radiologist's note would add."
)
NORMAL = "A note without a descriptor, such as one of a normal breast, cannot be scored; there the image's score stands alone."
OTHER_QUESTION = "The note's score is of malignancy, the image's of “{}”: two questions."
PERFECT_AUROC = "Where an AUROC is 1 every draw of the patients gives 1 too: its interval has no width, and is not as sure as it looks."
OVERLAP = "The model of notes was trained on the official training part of CBIS-DDSM, to which the validation patients belong."


@dataclass(frozen=True, eq=False)
class Cases:
    """Images of one split with both scores; all arrays are (N,).

    Attributes
    ----------
    image, note : ndarray, float
        Scores, 0 to 1; the note's is NaN where there is none or it cannot be assessed.
    truth : ndarray, bool
    patients : ndarray, str
    """

    image: np.ndarray
    note: np.ndarray
    truth: np.ndarray
    patients: np.ndarray

    @property
    def described(self) -> np.ndarray:
        """Where the note has a score, bool (N,)."""
        return np.isfinite(self.note)

    def where(self, chosen: np.ndarray) -> "Cases":
        """The chosen images."""
        return Cases(self.image[chosen], self.note[chosen], self.truth[chosen], self.patients[chosen])


@dataclass(frozen=True)
class Fit:
    """Coefficients on log odds, and the fused score's threshold."""

    intercept: float
    image: float
    note: float
    threshold: float
    rule: str

    def score(self, c: Cases) -> np.ndarray:
        """Fused scores (N,); the image's alone where there is no note."""
        return combine((self.intercept, self.image, self.note), c.image, c.note)


def fuse(checkpoint: str | Path, data: Path | None = None, model: NoteModel | None = None) -> Fusion:
    """Fit the combination of an image checkpoint and a model of notes on validation, and test it once.

    The image scores are those of the checkpoint's predictions.csv. The notes come from the data folder, matched by
    content (phantoms also by name); without a folder, phantoms are described again from their names.

    Raises
    ------
    CheckpointError, DataError
        If the checkpoint or its predictions are missing, the folder holds none of its validation and test images, or too few
        of either kind bear a note that can be scored.
    """
    folder = find_checkpoint(checkpoint)
    card, model = read_card(folder), model or NoteModel.load()
    frame = read_predictions(folder, card.label_space)
    notes = _notes(frame, card, data)
    known = notes.notna()
    if not known.any():
        raise DataError(
            f"The folder {data} holds none of the images that {card.name} was validated and tested on.",
            "Name the folder it was trained on.",
        )
    cases = {s: _cases(frame[known & (frame["split"] == s)], notes, card, model) for s in ("validation", "test")}
    for split, c in cases.items():
        kinds = c.truth[c.described]
        if min(kinds.sum(), (~kinds).sum()) < MIN_PER_CLASS:
            raise DataError(
                f"Of the {split} images with a note that can be scored {kinds.sum()} are positive and {(~kinds).sum()} are not; "
                f"{MIN_PER_CLASS} of each are needed.",
                "Use a data set whose findings are described.",
            )
    fit = _fit(cases["validation"])
    thresholds = card.threshold, model.card.threshold
    figures, differences = _tested(cases["test"], fit, thresholds)
    return Fusion(
        checkpoint=card.name,
        weights_sha256=card.weights.sha256,
        note_model=model.card.name,
        trees_sha256=model.card.trees_sha256,
        proxy=model.card.proxy,
        synthetic=card.synthetic,
        intercept=fit.intercept,
        image=fit.image,
        note=fit.note,
        threshold=fit.threshold,
        threshold_rule=fit.rule,
        n={s: _count(c) for s, c in cases.items()},
        figures=figures,
        differences=differences,
        control=_control(cases, thresholds),
        limits=_limits(card, frame, model, any(x["auroc"].value == 1 for x in figures["described"].values())),
        versions={p: version(p) for p in ("scikit-learn", "numpy", "xgboost-cpu")},
        created=datetime.now(UTC).date().isoformat(),
    )


def _notes(frame: pd.DataFrame, card: Card, data: Path | None) -> pd.Series:
    """The note of each row, "" where the source has none; None where the folder does not hold the image."""
    if data is None:
        if not card.synthetic:
            raise DataError(f"The notes of {card.name}'s test images are in its data set.", "Name the folder with --data DIR.")
        return frame["case"].map(phantom_note)
    manifest = open_folder(data, card.label_space)
    by_name = {i.case: i.note for i in manifest.items if i.case}
    by_content = {i.sha256 or sha256_file(manifest.root / i.path): i.note for i in manifest.items}
    keys = zip(frame["sha256"], frame["case"], strict=True)
    found = [by_content.get(sha256, by_name.get(case) if case else None) for sha256, case in keys]
    return pd.Series(found, index=frame.index, dtype=object)


def _cases(frame: pd.DataFrame, notes: pd.Series, card: Card, model: NoteModel) -> Cases:
    r = ClassPredictions.of(frame, card.label_space, card.temperature, card.threshold)
    scores = {text: _score(model, text) for text in set(notes[frame.index])}
    note = np.array([scores[text] for text in notes[frame.index]], float)
    return Cases(r.score, note, r.positive, r.patients)


def _score(model: NoteModel, text: str) -> float:
    try:
        return model.read(text).score
    except NoteError:
        return np.nan


def _fit(validation: Cases) -> Fit:
    """Logistic regression with the usual small penalty (C = 1), which keeps separable scores from infinite weights."""
    c = validation.where(validation.described)
    x = np.stack([log_odds(c.image), log_odds(c.note)], 1)
    found = LogisticRegression(C=1.0, max_iter=1000).fit(x, c.truth)
    image, note = (float(w) for w in found.coef_[0])
    fit = Fit(float(found.intercept_[0]), image, note, 0.5, "")
    threshold, rule = YOUDEN.choose(fit.score(c), c.truth)
    return replace(fit, threshold=threshold, rule=rule)


def _tested(test: Cases, fit: Fit, thresholds: tuple[float, float]) -> tuple[dict, dict]:
    """Figures and paired differences on the described and on all test images."""
    figures, differences = {}, {}
    for name, c in (("described", test.where(test.described)), ("all", test)):
        scores = {"image": c.image, "note": c.note, "both": fit.score(c)}
        called = {"image": c.image >= thresholds[0], "note": c.note >= thresholds[1]}
        called["both"] = np.where(c.described, scores["both"] >= fit.threshold, called["image"])
        if name == "all":
            del scores["note"]
        found = {k: Predictions(s, c.truth, c.patients) for k, s in scores.items()}
        figures[name] = {k: _figures(p, called[k]) for k, p in found.items()}
        differences[name] = {f"both less {k}": _difference(p, found["both"]) for k, p in found.items() if k != "both"}
    return figures, differences


def _figures(p: Predictions, called: np.ndarray) -> dict[str, Estimate]:
    return {"auroc": p.auroc, "sensitivity": p.sensitivity(called), "specificity": p.specificity(called), "brier": p.brier}


def _difference(other: Predictions, both: Predictions) -> dict:
    boot = both.bootstrap
    first, second = (boot.evaluate(auroc(p.score, both.positive)) for p in (other, both))
    test = delong_test(other.score, both.score, both.positive)
    return {"auroc": boot.difference(first, second).model_dump(mode="json"), "delong": test and test.model_dump()}


def _control(cases: dict[str, Cases], thresholds: tuple[float, float]) -> dict:
    """Fitted and tested again after a share of the notes went to other cases of the same split: what is left when notes err."""
    altered = {s: _exchanged(c, n) for n, (s, c) in enumerate(cases.items())}
    fit = _fit(altered["validation"])
    figures, differences = _tested(altered["test"], fit, thresholds)
    return {
        "exchanged": EXCHANGED_SHARE,
        "image": fit.image,
        "note": fit.note,
        "figures": {k: {m: e.model_dump(mode="json") for m, e in x.items()} for k, x in figures["described"].items()},
        "differences": differences["described"],
    }


def _exchanged(c: Cases, seed: int) -> Cases:
    """A share of the scored notes handed round at random."""
    rng = np.random.default_rng(seed)
    described = np.flatnonzero(c.described)
    some = rng.choice(described, round(EXCHANGED_SHARE * len(described)), replace=False)
    note = c.note.copy()
    note[some] = c.note[rng.permutation(some)]
    return replace(c, note=note)


def _count(c: Cases) -> dict[str, int]:
    who = {"patients": c.patients, "patients_described": c.patients[c.described]}
    return {"images": len(c.truth), "described": int(c.described.sum()), **{k: len(np.unique(v)) for k, v in who.items()}}


def _limits(card: Card, frame: pd.DataFrame, model: NoteModel, perfect: bool = False) -> tuple[str, ...]:
    positive = card.label_space.positive
    limits = (
        (card.synthetic, PHANTOM_NOTES),
        (model.card.proxy, "The model of notes uses the radiologist's own assessment: a proxy of the answer."),
        (positive not in ("malignant", "tumour"), OTHER_QUESTION.format(positive)),
        ("CBIS-DDSM" in set(frame["source"]), OVERLAP),
        (True, NORMAL),
        (perfect, PERFECT_AUROC),
    )
    return tuple(sentence for holds, sentence in limits if holds)
