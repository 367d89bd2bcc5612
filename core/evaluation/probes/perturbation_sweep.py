"""sweep.csv: the score of each test image under every perturbation, and under dropout. A report's robustness comes from it."""

import io
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from core.datasets.manifest import Item
from core.errors import DataError
from core.files import write_text
from core.inference.calibration import score
from core.inference.perturbations import LARGE, SMALL, Perturbation

if TYPE_CHECKING:
    from core.inference.predictor import Predictor

FILE = "sweep.csv"
UNPERTURBED = "plain"  # column of the unchanged image
DROPOUT = "dropout"  # column of the standard deviation under dropout
BATCH = 16
AGAIN = "`second-reader evaluate NAME --data DIR --save` measures them."


def all_perturbations() -> tuple[Perturbation, ...]:
    """The unchanged image, and every perturbation that is measured."""
    return Perturbation(UNPERTURBED, lambda grid: grid), *LARGE, *SMALL


def sweep(predictor: "Predictor", items: Sequence[Item], grids: np.ndarray, progress: Callable[[int], None] | None = None) -> pd.DataFrame:
    """Scores of images under every perturbation of `core.inference.perturbations`.

    Parameters
    ----------
    predictor : core.inference.Predictor
    items : sequence of N Item
    grids : ndarray, uint16 (N, rows, columns)
        As `InputSpec.grid` makes them.

    Returns
    -------
    DataFrame
        sha256, `UNPERTURBED`, a column a perturbation, and `DROPOUT` (empty where the head has no dropout).
    """
    from core.inference.features import monte_carlo_dropout  # torch, which reports do without

    card, columns = predictor.card, {}
    for done, perturbation in enumerate(all_perturbations(), 1):
        spec = card.input.with_filter(perturbation.filter) if perturbation.filter else card.input
        batches = (np.stack([spec.finish(perturbation.of(g.astype(np.float32) / 65535)) for g in part]) for part in _parts(grids))
        columns[perturbation.name] = np.concatenate([predictor.scores(batch) for batch in batches])
        if progress:
            progress(done)
    spreads = []
    for part in _parts(grids):
        drawn = monte_carlo_dropout(predictor, np.stack([card.input.finish(g) for g in part]))
        if drawn is None:
            break
        spreads.append(score(drawn, card.label_space, card.temperature).std(0))
    columns[DROPOUT] = np.concatenate(spreads) if spreads else np.full(len(items), np.nan)
    return pd.DataFrame({"sha256": [i.sha256 for i in items], **columns})


def _parts(grids: np.ndarray) -> Iterator[np.ndarray]:
    return (np.asarray(grids[i : i + BATCH]) for i in range(0, len(grids), BATCH))


def write_sweep(folder: Path, frame: pd.DataFrame) -> None:
    """Write sweep.csv into a folder, atomically; six digits."""
    write_text(Path(folder) / FILE, frame.to_csv(index=False, float_format="%.6g", lineterminator="\n"))


def read_sweep(folder: Path) -> pd.DataFrame | None:
    """Read sweep.csv of a folder; None where it was never made. Perturbations may be missing or unknown; `sweep_notes` names them.

    Raises
    ------
    DataError
        If it is damaged: no table, without the unchanged scores, or with a score that is no number.
    """
    path = Path(folder) / FILE
    if not path.is_file():
        return None
    damaged = DataError(f"{FILE} of {Path(folder).name} is damaged.", "Evaluate the checkpoint again with --save.")
    try:
        frame = pd.read_csv(io.StringIO(path.read_text("utf-8")), dtype={"sha256": str})
    except ValueError as e:
        raise damaged from e
    scores = frame.drop(columns=["sha256", DROPOUT], errors="ignore")
    numeric = all(pd.api.types.is_numeric_dtype(t) for t in scores.dtypes)
    if {"sha256", UNPERTURBED, DROPOUT} - set(frame) or not numeric or scores.isna().any(axis=None):
        raise damaged
    return frame


def sweep_notes(frame: pd.DataFrame | None) -> tuple[str, ...]:
    """Which perturbations a sweep lacks, and which of its columns are none today; a sentence each."""
    if frame is None:
        return ()
    known = [p.name for p in all_perturbations()]
    missing = [name for name in known if name not in frame]
    unknown = [str(c) for c in frame if c not in {"sha256", DROPOUT, *known}]
    lacks = f"Perturbations not measured for this checkpoint: {', '.join(missing)}. {AGAIN}"
    ignored = f"Left out of the report, because no perturbation has this name: {', '.join(unknown)}."
    return (*([lacks] if missing else []), *([ignored] if unknown else []))
