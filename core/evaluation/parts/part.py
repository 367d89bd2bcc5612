"""ReportPart: what every part of a report is, and how one is read from its file. No torch.

Every number is an `Estimate`: with its 95 % interval, or the reason why it has none.
"""

from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ConfigDict

from core.errors import DataError
from core.files import read_json


class ReportPart(BaseModel):
    """A part of a report: frozen, without unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")


P = TypeVar("P", bound=ReportPart)


class SampleSize(ReportPart):
    """Images and patients of a split."""

    images: int
    patients: int


def load_part(kind: type[P], path: Path) -> P:
    """A report, or a part of one, from a JSON file.

    Raises
    ------
    DataError
        If the file is not valid.
    """
    try:
        return kind.model_validate(read_json(path))
    except ValueError as e:  # ValidationError is one
        raise DataError(
            f"{path.name} of {path.parent.name} is damaged or of another version.",
            f"Make it again: `second-reader evaluate {path.parent.name} --data DIR --save`.",
        ) from e
