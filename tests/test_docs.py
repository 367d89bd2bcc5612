"""The documents agree with the repository: links, paths, names."""

import ast
import json
import re
import tomllib
from pathlib import Path

import pytest

from core.folders import checkpoints_folder
from core.labels import SPACES
from core.training.recipe import Augment, Recipe, shipped_recipes
from dashboard.phrases import seeds
from dashboard.phrases.navigation import PAGES

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
def test_make_targets_exist(document):
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.M))
    assert set(re.findall(r"`make ([a-z-]+)", document.read_text("utf-8"))) <= targets


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


def test_names_in_contributing_exist():
    source = "\n".join(p.read_text("utf-8") for top in ("core", "dashboard") for p in (ROOT / top).rglob("*.py"))
    names = re.findall(r"`([A-Z][A-Za-z]{2,})`", (ROOT / "CONTRIBUTING.md").read_text("utf-8"))
    assert len(names) > 8
    for name in names:
        assert re.search(rf"^(class {name}\b|{name}\b.* = )", source, re.M), name


def test_every_metric_is_defined():
    methods = (ROOT / "docs" / "methods.md").read_text("utf-8")
    for path in sorted(checkpoints_folder().glob("*/card.json")):
        report = json.loads((path.parent / "report.json").read_text("utf-8"))
        for key in (*report["metrics"], *report["agreement"], "majority_baseline"):
            assert f"| `{key}` |" in methods, key


def test_every_page_is_described():
    titles = [page.title for page in PAGES.values()]
    guide = (ROOT / "docs" / "user-guide.md").read_text("utf-8")
    assert len(titles) >= 10
    for title in titles:
        assert f"| {title} |" in guide or f"## {title}\n" in guide, title


def test_controls_are_called_as_on_screen():
    shown = {n.value for p in (ROOT / "dashboard" / "phrases").glob("*.py") for n in ast.walk(ast.parse(p.read_text("utf-8"))) if string(n)}
    named = re.findall(r"\*\*([^*]+)\*\*", (ROOT / "docs" / "user-guide.md").read_text("utf-8"))
    assert len(named) > 10
    assert set(named) <= shown


def string(node):
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def test_every_key_of_the_viewer_is_listed():
    source = (ROOT / "dashboard" / "viewer" / "frontend" / "src" / "keys.ts").read_text("utf-8")
    keys = re.findall(r'^  \w+: \["[^"]+", "([^"]+)", "', source, re.M)
    guide = (ROOT / "docs" / "user-guide.md").read_text("utf-8")
    assert len(keys) > 20
    for key in keys:
        assert re.search(rf"^\| (.*, )?{re.escape(key)}(,.*)? \|", guide, re.M), key


def test_every_recipe_and_label_space_is_described():
    data = (ROOT / "docs" / "data.md").read_text("utf-8")
    for name in (*shipped_recipes(), *SPACES):
        assert f"`{name}`" in data, name


def test_versions_agree():
    version = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    assert re.search(r"^version: (\S+)$", (ROOT / "CITATION.cff").read_text("utf-8"), re.M)[1] == version
    assert re.search(r"^## (\d\S+) - ", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.M)[1] == version


def test_the_changelog_names_recipe_keys_that_exist():
    table = (ROOT / "CHANGELOG.md").read_text("utf-8").split("Renamed recipe keys")[1].split("\n\n")[1]
    pairs = re.findall(r"^\| `([\w.]+)` \| `([\w.]+)` \|$", table, re.M)
    known = {*Recipe.model_fields, *(f"augment.{k}" for k in Augment.model_fields)}
    assert len(pairs) >= 5
    assert {new for _, new in pairs} <= known
    assert not {old for old, _ in pairs} & known


# Words that the glossary replaces; (path, word) pairs that may stay.
REPLACED = {
    "picture": "image",
    "pictures": "images",
    "woman": "patient",
    "women": "patients",
    "familiar": "out of distribution",
    "heard": "shown",
    "tells": "states",
    "doubt": "stability",
    "unsteady": "unstable",
    "likeness": "similarity",
    "keeping": "saving",
    "stoppable": "cancellable",
    "desk": "workspace",
    "look_first": "independent_read",
    "closed_form": "analytic",
    "thaw": "unfreeze",
    "from_boxes": "box_supervised",
    "calibrate_norm": "recalibrate_batchnorm",
    "rest_frozen": "eval_frozen_stages",
    "lookfirst": "independent_read",
    **dict.fromkeys(("LEAST", "LATER", "TOLD", "ASKED", "STILL", "NONE_SUCH"), "a constant named for what it holds"),
}
ALLOWED = {
    ("core/datasets/phantom/objects.py", "picture"),  # part of a phantom's bytes, by which predictions know it
    ("core/scans/tags.py", "women"),  # the models have not seen men
}


@pytest.mark.parametrize("word", REPLACED)
def test_replaced_words_stay_away(word):
    source = [p for top in ("core", "dashboard") for end in ("py", "toml", "ts") for p in (ROOT / top).rglob(f"*.{end}")]
    found = {p.relative_to(ROOT).as_posix() for p in source if "node_modules" not in p.parts and contains(p, word)}
    found -= {path for path, allowed in ALLOWED if allowed == word}
    assert not found, f"docs/glossary.md has {REPLACED[word]!r} instead of {word!r}: {sorted(found)}"


def contains(path, word):
    """Whether a file contains a word, or an identifier made of it; constants only as written."""
    flags = 0 if word.isupper() else re.IGNORECASE
    return re.search(rf"(?<![a-zA-Z]){word}(?![a-zA-Z])", path.read_text("utf-8"), flags) is not None


def test_the_page_and_seeds_md_have_one_table():
    lines = [line for line in (ROOT / "docs" / "seeds.md").read_text("utf-8").splitlines() if line.startswith("|")]
    head, _, *rows = [tuple(cell.strip() for cell in line.strip("|").split("|")) for line in lines]
    assert (head, tuple(rows)) == (seeds.SEED_COLUMNS, seeds.SEED_ROWS)
