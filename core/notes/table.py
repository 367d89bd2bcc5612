"""Notes by the table: a CSV in, the same rows with scores out."""

import pandas as pd

from core.csv_table import read_csv
from core.errors import DataError
from core.notes.model import NoteModel
from core.notes.understand import NoteError

MAX_ROWS = 20_000


def read_table(data: bytes) -> pd.DataFrame:
    """A CSV with the column `note`, as text.

    Raises
    ------
    DataError
        If it is no CSV, has no such column, or more than 20,000 rows.
    """
    table = read_csv(data, "The table", "note", "Name the column of the notes: note.")
    if len(table) > MAX_ROWS:
        raise DataError(f"The table has {len(table)} rows; {MAX_ROWS} are the most.", "Split it.")
    return table.reset_index(drop=True)


def score_table(model: NoteModel, table: pd.DataFrame) -> pd.DataFrame:
    """The rows of `table` with score, decision, model, understood and why; a note that cannot be assessed has no score."""
    rows: list[tuple[float | None, str, str, str]] = []
    for note in table["note"]:
        try:
            r = model.read(note)
            rows.append((round(r.score, 4), r.decision, ", ".join(r.understood.keys), ""))
        except NoteError as e:
            rows.append((None, "", "", str(e)))
    scored = pd.DataFrame(rows, columns=["score", "decision", "understood", "why"], index=table.index)
    scored["model"] = f"{model.card.name}{' (proxy)' if model.card.proxy else ''}, research use only"
    return table.rename(columns={c: f"own {c}" for c in scored.columns if c in table.columns}).join(scored)
