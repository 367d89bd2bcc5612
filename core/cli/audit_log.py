"""audit-log: who did what on this installation, and whether the record of it is whole."""

from typing import TYPE_CHECKING, Annotated

import typer

from core.cli import EXIT_FAILED
from core.cli.options import JsonLines
from core.cli.output import echo, echo_json

if TYPE_CHECKING:
    from core.service.audit_log import Entry

app = typer.Typer(help="Show and verify the audit log.", no_args_is_help=False)


@app.command("show")
def show(
    last: Annotated[int | None, typer.Option(min=1, metavar="N", help="Only the last N entries.")] = None, json: JsonLines = False
) -> None:
    """Print the entries, oldest first."""
    from collections import deque

    from core.folders import audit_log_file
    from core.service import audit_log

    for entry in deque(audit_log.entries(audit_log_file()), last):
        if json:
            echo_json(entry.model_dump(mode="json"))
        else:
            echo(_sentence(entry))


@app.command("verify")
def verify() -> int:
    """Look for changed, missing and moved entries.

    Exit code 1 where one is found.
    """
    from core.folders import audit_log_file
    from core.service import audit_log

    path = audit_log_file()
    found = audit_log.verify(path)
    echo(*found.problems, f"{path}: {found.lines} entries, {f'{len(found.problems)} problems' if found.problems else 'all as written'}.")
    return EXIT_FAILED if found.problems else 0


def _sentence(entry: "Entry") -> str:
    words = [f"{entry.number}", f"{entry.at:%Y-%m-%d %H:%M:%S}Z", entry.actor, entry.action]
    words += [entry.outcome] if entry.outcome != "done" else []
    words += [f"patient {entry.patient}"] if entry.patient else []
    words += [f"study {entry.study}"] if entry.study else []
    words += [f"images: {len(entry.images)}"] if entry.images else []
    return "  ".join([*words, entry.detail] if entry.detail else words)
