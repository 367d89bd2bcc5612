"""Write the generated parts of docs/cli.md and docs/architecture.md; `--check` only says whether they are up to date."""

import ast
import sys
import tomllib
from pathlib import Path

import typer.main
from typer.cli import get_docs_for_click

from core.cli.main import app

ROOT = Path(__file__).resolve().parents[1]
MARK = "<!-- Everything below is written by `make docs`. -->\n"
PACKAGES = ("core", "dashboard")
SCRIPTS = {"bench": "Measurements, each a ratio against a baseline or a limit. Results: bench/RESULTS.md."}


def cli() -> str:
    """The commands, from the program's own help."""
    command = typer.main.get_command(app)
    return get_docs_for_click(obj=command, ctx=typer.Context(command), name="second-reader", indent=1, title="Reference").rstrip()


def architecture() -> str:
    """The order of imports, from import-linter's contracts, and a line a module, from the docstrings."""
    return f"{_contracts()}\n\n## Modules\n\n{_modules()}"


def _contracts() -> str:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
    blocks = []
    for contract in contracts:
        if contract["type"] == "layers":
            inside = "".join(f"{c}." for c in contract.get("containers", []))
            rows = [" ".join(f"`{inside}{m}`" for m in layer.split(" : ")) for layer in contract["layers"]]
            order = "\n".join(f"1. {row}" for row in rows)
            blocks.append(f"**{contract['name']}**; upper layers import lower ones, never the reverse:\n\n{order}")
        elif contract["type"] == "forbidden":
            barred = ", ".join(f"`{m}`" for m in contract["forbidden_modules"])
            blocks.append(f"**{contract['name']}**: {', '.join(f'`{m}`' for m in contract['source_modules'])} may not import {barred}.")
        else:
            blocks.append(f"**{contract['name']}**.")
    return "## Order of imports\n\n" + "\n\n".join(blocks)


def _modules() -> str:
    folders = [p.parent for top in PACKAGES for p in sorted((ROOT / top).rglob("__init__.py")) if "node_modules" not in p.parts]
    blocks = [_folder(f, sentence(f / "__init__.py")) for f in sorted(folders)]
    return "\n\n".join([*blocks, *(_folder(ROOT / name, text) for name, text in SCRIPTS.items())])


def _folder(folder: Path, text: str) -> str:
    rows = [f"- `{p.name}`: {sentence(p)}" for p in sorted(folder.glob("*.py")) if p.name != "__init__.py"]
    return "\n".join([f"### `{folder.relative_to(ROOT).as_posix()}/`", "", text, *([""] if rows else []), *rows])


def sentence(path: Path) -> str:
    """The first sentence of a module's docstring.

    Raises
    ------
    SystemExit
        If the module has none.
    """
    doc = ast.get_docstring(ast.parse(path.read_text("utf-8")))
    if not doc:
        raise SystemExit(f"{path.relative_to(ROOT)} has no docstring.")
    first = " ".join(doc.split("\n\n")[0].split())
    end = first.find(". ")
    return first if end < 0 else first[: end + 1]


def main() -> int:
    """Replace what follows MARK in each file."""
    stale = 0
    for name, generate in {"cli.md": cli, "architecture.md": architecture}.items():
        file = ROOT / "docs" / name
        text = file.read_text("utf-8")
        wanted = f"{text.partition(MARK)[0]}{MARK}\n{generate()}\n"
        stale += text != wanted
        if "--check" not in sys.argv:
            file.write_text(wanted, "utf-8")
    return min(stale, 1) if "--check" in sys.argv else 0


if __name__ == "__main__":
    sys.exit(main())
