"""The images of a report: truth, prediction and confidence of each, and where their pixels are found. No torch."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from core.errors import DataError
from core.evaluation.metrics.robustness import filter_range, matched, perturbation_sd
from core.evaluation.predictions import ClassPredictions, read_predictions
from core.evaluation.probes.perturbation_sweep import read_sweep
from core.files import sha256_file
from core.models.card import Card

if TYPE_CHECKING:
    from core.datasets.phantom import PhantomView

_PHANTOM = re.compile(r"seed(\d+)/exam(\d+)/([RL])_(CC|MLO)")


def cases_of(folder: Path, card: Card, split: str = "test") -> pd.DataFrame:
    """One row an image of a split, with its prediction.

    Columns: sha256, case, patient, label, source, view, laterality, density; predicted (the most probable class; multilabel: every
    class at or above 0.5, with spaces between), confidence (its probability; multilabel: of the least certain label), score,
    positive (whether the positive class or group holds), wrong (whether the decision at the card's threshold is), asymmetry
    (distance of the score to that of the other breast's same view; NaN where there is none), and, where sweep.csv has them,
    perturbation_sd (of the score under small perturbations) and filter_range (of the score over the filters).

    Raises
    ------
    DataError
        If predictions.csv is missing or damaged.
    """
    space = card.label_space
    frame = read_predictions(folder, space)
    frame = frame[frame["split"] == split].reset_index(drop=True)
    r = ClassPredictions.of(frame, space, card.temperature, card.threshold)
    out = frame[["sha256", "case", "patient", "label", "source", "view", "laterality", "density"]].copy()
    out["predicted"] = [" ".join(c for c, holds in zip(space.classes, row, strict=True) if holds) for row in r.predicted]
    p = r.probabilities
    out["confidence"] = p.max(1) if space.kind == "multiclass" else np.maximum(p, 1 - p).min(1)
    out["score"], out["positive"], out["wrong"] = r.score, r.positive, r.wrong
    out["asymmetry"] = _asymmetry(out)
    swept = matched(read_sweep(folder), out["sha256"])
    if swept is not None:
        out["perturbation_sd"], out["filter_range"] = perturbation_sd(swept), filter_range(swept)
    return out


def _asymmetry(cases: pd.DataFrame) -> pd.Series:
    """|score − score of the other breast's same view|; of several such views the first counts."""
    known = cases[(cases["laterality"] != "") & (cases["view"] != "") & (cases["patient"] != "")]
    firsts = known.drop_duplicates(["patient", "view", "laterality"])
    sides = firsts.pivot(index=["patient", "view"], columns="laterality", values="score").reindex(columns=["L", "R"])
    apart = (sides["L"] - sides["R"]).abs().rename("asymmetry")
    return known.join(apart, on=["patient", "view"])["asymmetry"].reindex(cases.index)


def phantom_view(case: str) -> "PhantomView":
    """A phantom view drawn again, small, from its name, e.g. "seed1/exam7/L_CC"; a `core.datasets.phantom.PhantomView`.

    Raises
    ------
    DataError
        If the name is not a phantom's.
    """
    from core.datasets.phantom import draw, plan_exam

    seed, exam, side, view = _named(case)
    return draw(plan_exam(seed, exam), side, view, "small")


def phantom_bytes(case: str) -> bytes:
    """The same as a DICOM file."""
    from core.datasets.phantom import dicom_bytes

    return dicom_bytes(phantom_view(case))


def phantom_note(case: str) -> str:
    """The note of a phantom view from its name, as phantoms.csv has it; nothing is drawn.

    Raises
    ------
    DataError
        If the name is not a phantom's.
    """
    from core.datasets.phantom.plan import describe, plan_exam

    seed, exam, side, view = _named(case)
    plan = plan_exam(seed, exam)
    lesion = plan.breast(side).lesion
    return describe(side, view, plan.density, [(lesion.kind, lesion.diameter_mm)] if lesion else [])


def _named(case: str) -> tuple[int, int, str, str]:
    """(seed, exam, side, view) of a phantom's name."""
    found = _PHANTOM.fullmatch(case)
    if not found:
        raise DataError(f"{case!r} is not the name of a phantom.", "Link the folder that holds the images.")
    return int(found[1]), int(found[2]), found[3], found[4]


def index(folder: Path, progress: Callable[[float], None] | None = None) -> dict[str, Path]:
    """sha256 → path of every file under a folder, however it is named.

    Raises
    ------
    DataError
        If there is no such folder, or it holds more than 100,000 files.
    """
    folder = Path(folder).expanduser()
    if not folder.is_dir():
        raise DataError(f"There is no folder {folder}.", "Type the path of a folder on the machine that runs the dashboard.")
    files = [p for p in sorted(folder.rglob("*")) if p.is_file() and not p.name.startswith(".")]
    if len(files) > 100_000:
        raise DataError(f"{folder} holds {len(files)} files.", "Link the folder of the data set alone.")
    out = {}
    for n, path in enumerate(files, 1):
        out[sha256_file(path)] = path
        if progress:
            progress(n / len(files))
    return out
