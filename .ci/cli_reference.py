"""Write the reference in docs/cli.md from the program itself; `--check` only says whether it is up to date."""

import sys
from pathlib import Path

import typer.main
from typer.cli import get_docs_for_click

from core.cli.main import app

FILE = Path(__file__).resolve().parents[1] / "docs" / "cli.md"
MARK = "<!-- Everything below is written by `make docs` from the program's own help. -->\n"


def main() -> int:
    """Replace what follows MARK."""
    command = typer.main.get_command(app)
    reference = get_docs_for_click(obj=command, ctx=typer.Context(command), name="second-reader", indent=1, title="Reference")
    text = FILE.read_text("utf-8")
    wanted = f"{text.partition(MARK)[0]}{MARK}\n{reference.rstrip()}\n"
    if "--check" in sys.argv:
        return int(text != wanted)
    FILE.write_text(wanted, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
