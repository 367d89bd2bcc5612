"""The documents agree with the repository: links, paths, names."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PAST = ("CHANGELOG.md", "NOTES.md")  # they name what no longer exists
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), ROOT / "bench" / "RESULTS.md"])
PRESENT = [d for d in DOCUMENTS if d.name not in PAST]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda p: p.name)
def test_links_lead_somewhere(document):
    for target in re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", document.read_text("utf-8")):
        assert (document.parent / target).exists(), target


@pytest.mark.parametrize("document", PRESENT, ids=lambda p: p.name)
def test_paths_exist(document):
    text = document.read_text("utf-8")
    for path in re.findall(r"`((?:core|dashboard|tests|bench|docs|checkpoints|\.ci)/[\w./*-]*)`", text):
        assert any(ROOT.glob(path.rstrip("/"))), path


@pytest.mark.parametrize("document", PRESENT, ids=lambda p: p.name)
def test_dotted_names_exist(document):
    for name in re.findall(r"`((?:core|dashboard)(?:\.\w+)+)(?<!\.py)`", document.read_text("utf-8")):
        assert defined(name), name


def defined(name):
    """Whether a dotted name is a module, or what one defines or imports."""
    parent, _, last = name.rpartition(".")
    if module(name):
        return True
    if not parent:
        return False
    if not (path := module(parent)):
        return defined(parent)  # a member of a class
    names = {n.name for n in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(n, ast.ClassDef | ast.FunctionDef)}
    return last in names or re.search(rf"\b{last}\b", path.read_text("utf-8")) is not None


def module(name):
    """The file of a module or package, or None."""
    path = ROOT / name.replace(".", "/")
    return next((p for p in (path.with_suffix(".py"), path / "__init__.py") if p.is_file()), None)
