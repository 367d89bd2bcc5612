"""README is short and true: its commands, its numbers, its images."""

import json
import re
from pathlib import Path

from core.cli.main import COMMANDS
from core.datasets.phantom import dicom_bytes, draw, plan_exam
from core.folders import checkpoints_folder
from core.models.card import list_cards

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text("utf-8")
MAX_LINES = 120
MAX_IMAGE_BYTES = 250_000


def test_it_is_short_and_begins_with_the_two_commands():
    lines = README.splitlines()
    assert len(lines) <= MAX_LINES
    assert [line.split("#")[0].strip() for line in lines[3:5]] == ["make app", "make test"]


def test_commands_exist():
    assert set(re.findall(r"^second-reader ([a-z-]+)", README, re.M)) <= {*COMMANDS, "notes"}
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.M))
    assert set(re.findall(r"\bmake ([a-z-]+)", README)) <= targets


def test_images_are_small_and_all_shown():
    shown = {ROOT / path for path in re.findall(r"!\[[^\]]+\]\(([^)]+)\)", README)}
    assert len(shown) >= 3
    assert shown == set((ROOT / "docs" / "images").iterdir())
    assert all(path.stat().st_size < MAX_IMAGE_BYTES for path in shown)


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
    auroc, base, n = report["metrics"]["auroc"], report["majority_baseline"], report["test"]
    kind = "phantoms (SYNTHETIC)" if report["synthetic"] else "clinical mammograms"
    return (
        f"| {name} | {kind} | {n['images']} ({n['patients']}) | {auroc['value']:.2f} ({auroc['low']:.2f} to {auroc['high']:.2f}) "
        f"| {base['value']:.2f} ({base['low']:.2f} to {base['high']:.2f}) |"
    )


def test_the_python_example_runs(tmp_path, monkeypatch, capsys):
    code = README.split("```python\n")[1].split("```")[0]
    (tmp_path / "mammogram.dcm").write_bytes(dicom_bytes(draw(plan_exam(6, 3), "L", "MLO", "small")))
    monkeypatch.chdir(tmp_path)
    exec(code.replace("roboflow-tumour", "phantom-triage"), {})
    assert re.fullmatch(r"[01]\.\d+ (positive|negative)\n", capsys.readouterr().out)
