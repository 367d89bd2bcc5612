"""sweep.csv: the score of each test image under every change, and under dropout. What a report says of robustness comes from it."""

import io
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from core.datasets.manifest import Item
from core.errors import DataError
from core.files import write_text
from core.inference.calibration import probabilities
from core.inference.perturbations import LARGE, SMALL, Perturbation
from core.labels import LabelSpace

FILE = "sweep.csv"
PLAIN = "plain"  # column of the unchanged image
DROPOUT = "dropout"  # column of the standard deviation under dropout
BATCH = 16
CHANGES = (Perturbation(PLAIN, lambda grid: grid), *LARGE, *SMALL)


def sweep(predictor, items: Sequence[Item], grids: np.ndarray, progress: Callable[[int], None] | None = None) -> pd.DataFrame:
    """Scores of images under every change of `core.inference.perturbations`.

    Parameters
    ----------
    reader : core.inference.Predictor
    items : sequence of N Item
    grids : ndarray, uint16 (N, rows, columns)
        As `InputSpec.grid` makes them.

    Returns
    -------
    DataFrame
        sha256, `PLAIN`, a column a change, and `DROPOUT` (empty where the head has no dropout).
    """
    from core.inference.features import under_dropout  # torch, which reports do without

    card, columns = predictor.card, {}
    for done, change in enumerate(CHANGES):
        spec = card.input.with_filter(change.filter) if change.filter else card.input
        scores = []
        for part in _parts(grids):
            batch = np.stack([spec.finish(change.of(g.astype(np.float32) / 65535)) for g in part])
            scores.append(_score(predictor.logits(batch), card))
        columns[change.name] = np.concatenate(scores)
        if progress:
            progress(done + 1)
    spreads = []
    for part in _parts(grids):
        drawn = under_dropout(predictor, np.stack([card.input.finish(g) for g in part]))
        if drawn is None:
            break
        spreads.append(_score(drawn, card).std(0))
    columns[DROPOUT] = np.concatenate(spreads) if spreads else np.full(len(items), np.nan)
    return pd.DataFrame({"sha256": [i.sha256 for i in items], **columns})


def _parts(grids: np.ndarray):
    return (np.asarray(grids[i : i + BATCH]) for i in range(0, len(grids), BATCH))


def _score(logits: np.ndarray, card) -> np.ndarray:
    space: LabelSpace = card.label_space
    return np.clip(space.positive_score(probabilities(logits, space, card.temperature)), 0, 1)


def write_sweep(folder: Path, frame: pd.DataFrame) -> None:
    """Write sweep.csv into a folder, atomically; six digits."""
    write_text(Path(folder) / FILE, frame.to_csv(index=False, float_format="%.6g", lineterminator="\n"))


def read_sweep(folder: Path) -> pd.DataFrame | None:
    """Read sweep.csv of a folder; None where it was never made.

    Raises
    ------
    DataError
        If it is damaged or lacks a column.
    """
    path = Path(folder) / FILE
    if not path.is_file():
        return None
    frame = pd.read_csv(io.StringIO(path.read_text("utf-8")), dtype={"sha256": str})
    missing = [c for c in ("sha256", DROPOUT, *(c.name for c in CHANGES)) if c not in frame]
    scores = frame.drop(columns=["sha256", DROPOUT], errors="ignore")
    if missing or not all(pd.api.types.is_numeric_dtype(t) for t in scores.dtypes) or scores.isna().any(axis=None):
        raise DataError(f"{FILE} of {Path(folder).name} is damaged.", "Evaluate the checkpoint again with --save.")
    return frame
