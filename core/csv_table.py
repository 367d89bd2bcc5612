"""CSV tables that people made: comma, semicolon or tab; decimal commas; byte order marks, UTF-16 and Excel's `sep=` line. No torch."""

import csv
import io
import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import numpy as np
import pandas as pd

from core.errors import DataError

SEPARATORS = ",;\t"


def read_csv(data: bytes, name: str, column: str, help: str) -> pd.DataFrame:
    """A table as text, with the line of each row as its index.

    Parameters
    ----------
    name : str
        What errors call the table.
    column : str
        A column that it must have, in lower case; found in any case.
    help : str
        The remedy in errors about columns.

    Raises
    ------
    DataError
        If the bytes are no text in UTF-8 or UTF-16, or no CSV; the column is missing, a column is doubled, a row has more cells than
        the header, or there is no row.
    """
    try:
        found = list(_records(_decoded(data, name), column))
    except csv.Error as e:
        raise DataError(f"{name} is not a CSV table ({e}).", help) from e
    header = [_stripped(cell, column) for cell in found[0][1]] if found else []
    if column not in header or len(found) < 2:
        missing = f"no column `{column}`; its columns are: {', '.join(header[:8])}" if column not in header else "no row"
        raise DataError(f"{name} has {missing}.", help)
    if doubled := next((c for c in header if c and header.count(c) > 1), None):
        raise DataError(f"{name} has two columns {doubled!r}.", "Delete or rename one of them.")
    for line, row in found[1:]:
        if any(row[len(header) :]):
            raise DataError(f"Line {line} of {name} has {len(row)} cells, the header {len(header)}.", "Put text with separators in quotes.")
    rows = [(row + [""] * len(header))[: len(header)] for _, row in found[1:]]
    frame = pd.DataFrame(rows, columns=header, index=[line for line, _ in found[1:]], dtype=str)
    return frame.loc[:, [bool(c) for c in header]]  # trailing separators make columns without a name


def numbers(cells: pd.Series) -> np.ndarray:
    """Numbers of a column, float64 (N,); decimal commas where no cell holds a point.

    Raises
    ------
    DataError
        If a cell is no number; its line is named.
    """
    texts = cells.str.strip()
    if texts.str.contains(",").any() and not texts.str.contains(".", regex=False).any():
        texts = texts.str.replace(r"^([-+]?\d*),(\d+(?:[eE][-+]?\d+)?)$", r"\1.\2", regex=True)
    values = pd.to_numeric(texts, errors="coerce").to_numpy(float)
    wrong = np.flatnonzero(~np.isfinite(values))
    if len(wrong):
        line, cell = cells.index[wrong[0]], cells.iloc[wrong[0]]
        raise DataError(f"The column {cells.name!r} holds {cell!r} in line {line}, which is not a number.", "Correct the table.")
    return values


def read_rows(path: Path) -> list[dict[str, str]]:
    """The rows of a data set's table; names and cells stripped, rows without any cell left out. Windows-1252 is read as well.

    Raises
    ------
    DataError
        If it is no text, or has two columns of one name.
    """
    rows = [row for _, row in _records(_decoded(path.read_bytes(), path.name, "cp1252"))]
    names = rows[0] if rows else []
    if doubled := next((n for n in names if n and names.count(n) > 1), None):
        raise DataError(f"{path.name} has two columns {doubled!r}.", "Delete or rename one of them.")
    return [{n: row[i] if i < len(row) else "" for i, n in enumerate(names) if n} for row in rows[1:]]


def column_names(path: Path) -> list[str]:
    """The column names of a table with rows; none where it is no table."""
    try:
        names, *rows = islice(_records(_decoded(path.read_bytes(), path.name, "cp1252")), 2)
    except (DataError, ValueError):
        return []
    return [n for n in names[1] if n] if rows else []


def number(text: str) -> float:
    """A number with a decimal point or a decimal comma; ValueError where it is none."""
    return float(text.replace(",", ".") if "," in text and "." not in text else text)


def _decoded(data: bytes, name: str, fallback: str = "utf-8") -> str:
    try:
        text = data.decode("utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
    except UnicodeDecodeError:
        try:
            text = data.decode(fallback)
        except UnicodeDecodeError as e:
            raise DataError(f"{name} is neither UTF-8 nor UTF-16 text.", "Save the table as CSV in UTF-8.") from e
    if "\0" in text:
        raise DataError(f"{name} is not a CSV table.", "Save the table as CSV in UTF-8.")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _records(text: str, column: str | None = None) -> Iterator[tuple[int, list[str]]]:
    """(line, cells without blanks) of each row that holds anything, the header first.

    With `column`, the separator is one that makes this column, and a badly quoted row is a csv.Error.
    """
    given = re.match(r'"?sep=(.)"?\n', text, re.IGNORECASE)
    body = text[given.end() :] if given else text
    heading = next((line for line in body.splitlines() if line.strip()), "")
    separator = given[1] if given else _separator(heading, column)
    reader = csv.reader(io.StringIO(body), delimiter=separator, skipinitialspace=True, strict=column is not None)
    for cells in reader:
        row = [cell.strip() for cell in cells]
        if any(row):
            yield reader.line_num + bool(given), row


def _separator(header: str, column: str | None) -> str:
    """The one that makes the column, and most columns."""
    fitting = [s for s in SEPARATORS if column in (_stripped(cell, column) for cell in header.split(s))] if column else ()
    return max(fitting or SEPARATORS, key=header.count)


def _stripped(cell: str, column: str) -> str:
    """A column's name without blanks and quotes; the wanted one in lower case."""
    name = cell.strip().strip('"').strip()
    return column if name.lower() == column else name
