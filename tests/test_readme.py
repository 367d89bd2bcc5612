"""README is true: its file tree, its commands, and its numbers."""

import json
import re
from pathlib import Path

import pytest

from core.cli.main import COMMANDS
from core.folders import checkpoints_folder
from core.models.card import list_cards

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text("utf-8")
TREE = README.split("## Where things are")[1].split("```")[1].strip().splitlines()


def folders():
    """folder → module names on its line, or on the line of files that follows its subfolders."""
    out, top = {}, ""
    for line in TREE:
        first, *rest = line.split()
        if line.startswith(" ") and not first.endswith("/"):
            out[top] |= {w.removesuffix(".py") for w in (first, *rest)}
            continue
        folder = first.rstrip("/") if not line.startswith(" ") else f"{top}/{first}".rstrip("/")
        top = folder if not line.startswith(" ") else top
        _, colon, listed = " ".join(rest).partition(": ")
        out[folder] = {w.strip() for w in listed.split(",")} if colon else set()
    return out


def test_every_folder_of_the_tree_exists():
    assert len(folders()) > 15
    for folder in folders():
        assert (ROOT / folder).is_dir(), folder


@pytest.mark.parametrize("folder", [f for f in folders() if f.split("/")[0] in ("core", "dashboard", "bench")])
def test_the_tree_names_every_module_and_no_other(folder):
    here = {p.stem for p in (ROOT / folder).glob("*.py")} - {"__init__"}
    assert here == folders()[folder]


def test_no_package_is_left_out_of_the_tree():
    for top in ("core", "dashboard"):
        for path in (ROOT / top).rglob("*.py"):
            if "node_modules" in path.parts:
                continue
            assert path.parent.relative_to(ROOT).as_posix() in folders()


def test_commands_exist():
    assert set(re.findall(r"^second-reader ([a-z-]+)", README, re.M)) <= {*COMMANDS, "notes"}
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.M))
    assert set(re.findall(r"`make ([a-z-]+)`", README)) <= targets


def test_numbers_come_from_the_reports():
    cards = list_cards()
    assert len(cards) >= 2
    for card in cards:
        report = json.loads((checkpoints_folder() / card.name / "report.json").read_text())
        assert row(card.name, report) in README, f"README should say:\n{row(card.name, report)}"


def test_the_note_models_numbers_come_from_its_report():
    report = json.loads((checkpoints_folder() / "cbis-notes" / "report.json").read_text())
    e = report["metrics"]["pooled"]["auroc"]
    said = f"AUROC {e['value']:.2f} ({e['low']:.2f} to {e['high']:.2f}) on {e['n']} findings ({e['n_patients']} patients)"
    assert said in " ".join(README.split())
    assert not report["proxy"]


def row(name, report):
    """The README's table row of a checkpoint."""
    auroc, base, n = report["metrics"]["auroc"], report["majority_baseline"], report["n"]["test"]
    kind = "phantoms (SYNTHETIC)" if report["synthetic"] else "clinical mammograms"
    return (
        f"| {name} | {kind} | {n['images']} ({n['patients']}) | {auroc['value']:.2f} ({auroc['low']:.2f} to {auroc['high']:.2f}) "
        f"| {base['value']:.2f} ({base['low']:.2f} to {base['high']:.2f}) |"
    )
