"""What commands print. Control characters of file names never reach the terminal, and a closed pipe is no error."""

import json
import os
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

import typer

if TYPE_CHECKING:
    from core.models.card import Estimate

# JSON escapes only U+0000 to U+001F of itself; these would act on a terminal, or have no UTF-8.
_UNSAFE_IN_JSON = re.compile("[\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def printable(text: str) -> str:
    """`text` with everything that is not printable (control characters, line breaks, undecodable bytes) as an escape."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape", "surrogatepass").decode() for c in text)


def echo(*lines: str) -> None:
    """Print lines on standard output."""
    for line in lines:
        _write(printable(line), sys.stdout)


def warn(*lines: str) -> None:
    """Print lines on standard error."""
    for line in lines:
        _write(printable(line), sys.stderr)


def echo_json(value: object) -> None:
    """Print one value as one line of JSON; NaN is refused, surrogates of an undecodable file name are escaped."""
    unicode = (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
    line = json.dumps(value, ensure_ascii=not unicode, allow_nan=False)
    _write(_UNSAFE_IN_JSON.sub(lambda m: f"\\u{ord(m[0]):04x}", line), sys.stdout)


def interval(estimate: "Estimate | dict") -> str:
    """A measured number with its interval, or why there is none."""
    from core.models.card import Estimate

    e = Estimate.model_validate(estimate)
    if e.value is None:
        return f"undefined: {e.undefined}"
    return f"{e.value:.3f}  ({e.method if e.low is None else f'{e.interval(3)}, {e.method}'})"


@contextmanager
def progress(unit: str, description: str | None = None, total: int | None = None) -> Iterator[Callable[..., None]]:
    """A progress bar on standard error, nothing where that is no terminal; takes (done) or (done, total)."""
    from tqdm import tqdm

    with tqdm(total=total, unit=unit, desc=description, file=sys.stderr, leave=False, disable=None) as bar:

        def show(done: int, total: int | None = None) -> None:
            bar.total = total or bar.total
            bar.update(done - bar.n)

        yield show


def _write(line: str, stream: TextIO) -> None:
    encoding = stream.encoding or "utf-8"
    try:
        print(line.encode(encoding, "backslashreplace").decode(encoding), file=stream, flush=True)
    except BrokenPipeError:  # the program behind the pipe, such as head, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())  # or the interpreter complains once more on leaving
        raise typer.Exit(0) from None
