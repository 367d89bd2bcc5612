"""The command line as a user runs it: in a process of its own."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from core.datasets.phantom import dicom_bytes, draw, plan_exam
from core.models.card import list_cards

ROOT = Path(__file__).resolve().parents[1]


def run(*arguments, cwd=ROOT):
    return subprocess.run([sys.executable, "-m", "core", *map(str, arguments)], cwd=cwd, capture_output=True, text=True)


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("files")
    (folder / "a.dcm").write_bytes(dicom_bytes(draw(plan_exam(6, 3), "L", "MLO", "small")))
    (folder / "noise.pgm").write_bytes(b"P5 300 300 255\n" + np.random.default_rng(0).integers(0, 256, 90000).astype(np.uint8).tobytes())
    (folder / "b.txt").write_bytes(b"not an image")
    return [folder / "a.dcm", folder / "b.txt", folder / "noise.pgm", folder / "absent.dcm"]


def test_predict_prints_nothing_but_json_lines(files, tmp_path):
    done = run("predict", "phantom-triage", *files, "--json", "--saliency", tmp_path)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 2
    assert [line["file"] for line in lines] == [str(f) for f in files]
    scored, unreadable, refused, absent = lines
    assert set(scored) == {"file", "sha256", "checkpoint", "probabilities", "score", "decision", "quality", "assumptions"}
    assert sum(scored["probabilities"].values()) == pytest.approx(1)
    assert scored["score"] == pytest.approx(scored["probabilities"]["malignant"])
    assert scored["decision"] in ("positive", "negative")
    assert scored["quality"] == {"ok": True, "reasons": []}
    assert set(unreadable) == set(absent) == {"file", "error"}
    assert refused["quality"]["ok"] is False
    assert refused["quality"]["reasons"]
    assert "score" not in refused
    assert [p.suffix for p in tmp_path.iterdir()] == [".png"]
    assert scored["sha256"][:16] in next(tmp_path.iterdir()).name


def test_predict_chooses_the_checkpoint_by_itself(files):
    done = run("predict", files[0], "--json")
    assert done.returncode == 0
    assert json.loads(done.stdout)["checkpoint"] == "phantom-triage"


@pytest.mark.parametrize(
    "arguments", [(), ("nonsense",), ("predict",), ("predict", "phantom-triage"), ("train", "phantom-triage"), ("phantom",)]
)
def test_wrong_usage_exits_with_64(arguments):
    done = run(*arguments)
    assert done.returncode == 64
    assert done.stdout == ""
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("predict", "no-such-checkpoint", "x.png"), "There is no checkpoint"),
        (("show", "resnet1000"), "Choose one of"),
        (("train", "phantom-triage", "--data", "/no/such/folder"), "There is no folder"),
        (("train", "phantom-triage", "--data", ".", "--set", "epoks=3"), "Known keys"),
    ],
)
def test_failures_are_sentences(arguments, words):
    done = run(*arguments)
    assert done.returncode == 1
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_list_and_show():
    assert [line.split()[0] for line in run("list").stdout.splitlines()] == [c.name for c in list_cards()]
    assert "11,177,538" in run("show", "resnet18").stdout  # torchvision's 11,689,512 less its 1000-class layer, plus 2 × 513


def test_phantom(tmp_path):
    done = run("phantom", tmp_path / "out", "--count", 1, "--seed", 3, "--size", "small", "--format", "both")
    assert done.returncode == 0
    assert (tmp_path / "out" / "phantoms.csv").is_file()
    assert run("phantom", tmp_path / "out").returncode == 1


def test_a_closed_pipe_is_no_error():
    command = f"{sys.executable} -m core report phantom-triage | head -1"
    done = subprocess.run(command, shell=True, cwd=ROOT, capture_output=True, text=True)
    assert "images of" in done.stdout
    assert done.stderr == ""


def test_report_and_score_print_json(tmp_path):
    report = json.loads(run("report", "phantom-triage", "--json").stdout)
    assert report["metrics"]["auroc"]["value"] == next(c for c in list_cards() if c.name == "phantom-triage").metrics["auroc"].value
    assert "right only in the first 0" in run("report", "phantom-triage", "--compare", "phantom-triage").stdout
    (tmp_path / "t.csv").write_text(
        "label,score,patient\n" + "".join(f"{i % 2},{0.3 + 0.4 * (i % 2) + 0.01 * (i % 7)},{i // 2}\n" for i in range(40))
    )
    assert json.loads(run("score", tmp_path / "t.csv", "--json").stdout)["auroc"]["value"] == 1
    wrong = run("score", tmp_path / "none.csv")
    assert (wrong.returncode, "Traceback" in wrong.stderr) == (1, False)


def test_a_file_that_is_not_there_is_not_taken_for_a_checkpoint(tmp_path):
    done = run("predict", tmp_path / "typo.png", "--json")
    assert done.returncode == 2
    assert "cannot be opened" in json.loads(done.stdout)["error"]


def test_data_audit_and_cache(tmp_path):
    run("phantom", tmp_path / "out", "--count", 2, "--seed", 3, "--size", "small")
    card = json.loads(run("data", tmp_path / "out", "--json").stdout)
    assert (card["images"], card["patients"], card["synthetic"]) == (8, 2, True)
    assert "8 images of 2 patients (SYNTHETIC)" in run("data", tmp_path / "out").stdout
    audited = run("audit", tmp_path / "out", "--json")
    assert audited.returncode == 1  # two patients are too few to trust the key
    assert {f["check"] for f in json.loads(audited.stdout)} >= {"keys"}
    assert "data sets" in run("cache", "--clear").stdout
