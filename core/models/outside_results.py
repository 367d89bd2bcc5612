"""OutsideResult: how a checkpoint does on a source that it was not trained on; outside.json of its folder holds one a source. No torch."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict, TypeAdapter

from core.errors import CheckpointError
from core.files import read_json, write_json
from core.models.card import Estimate, find_checkpoint

FILE = "outside.json"


class OutsideResult(BaseModel):
    """One checkpoint on one source. Rates are at the checkpoint's own threshold.

    Attributes
    ----------
    positive : str
        What counts as positive in the source, e.g. "tumour".
    drawn : bool
        Whether the patients are a random part of the source's.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    checkpoint: str
    weights_sha256: str
    source: str
    positive: str
    n: int
    n_patients: int
    n_positive: int
    drawn: bool
    auroc: Estimate
    sensitivity: Estimate
    specificity: Estimate


_RESULTS = TypeAdapter(tuple[OutsideResult, ...])


def write_outside(folder: Path, results: tuple[OutsideResult, ...]) -> None:
    """Write outside.json into a checkpoint's folder."""
    write_json(Path(folder) / FILE, _RESULTS.dump_python(results, mode="json"))


def read_outside(name_or_path: str | Path) -> tuple[OutsideResult, ...]:
    """The results of a checkpoint by source; empty where none were measured, or the checkpoint or its file cannot be read."""
    try:
        path = find_checkpoint(name_or_path) / FILE
        return _RESULTS.validate_python(read_json(path)) if path.is_file() else ()
    except (CheckpointError, OSError, ValueError):
        return ()


def above_chance(results: tuple[OutsideResult, ...]) -> bool:
    """Whether the interval of the AUROC lies above one half on any of the sources."""
    return any(r.auroc.low is not None and r.auroc.low > 0.5 for r in results)


def mean_outside(results: tuple[OutsideResult, ...]) -> float | None:
    """Mean AUROC over the sources; None where none has one. What checkpoints are ranked by."""
    values = [r.auroc.value for r in results if r.auroc.value is not None]
    return sum(values) / len(values) if values else None
