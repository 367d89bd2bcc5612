"""The command line as a user runs it."""

import json
import os
import re
import subprocess
import sys
import webbrowser
from pathlib import Path

import numpy as np
import pytest

import core.cli.dashboard
from core.cli import main
from core.cli.output import printable
from core.datasets.phantom import dicom_bytes, draw, plan_exam
from core.models.card import list_cards

ROOT = Path(__file__).resolve().parents[1]


def run(*arguments, cwd=ROOT, **options):
    """In a process of its own."""
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    return subprocess.run([sys.executable, "-m", "core", *map(str, arguments)], cwd=cwd, env=environment, capture_output=True, **options)


@pytest.fixture
def call(capsys):
    """Call `main` in this process: (exit code, lines of standard output, standard error)."""

    def call(*arguments):
        code = main.main([str(a) for a in arguments])
        out, err = capsys.readouterr()
        assert "Traceback" not in err
        return code, out.splitlines(), err

    return call


@pytest.fixture(scope="module")
def image():
    return dicom_bytes(draw(plan_exam(6, 3), "L", "MLO", "small"))


@pytest.fixture
def folder(tmp_path, image, monkeypatch):
    """A folder, entered, with a.dcm, b.txt and noise.pgm."""
    (tmp_path / "a.dcm").write_bytes(image)
    (tmp_path / "b.txt").write_bytes(b"not an image")
    noise = np.random.default_rng(0).integers(0, 256, 90000).astype(np.uint8)
    (tmp_path / "noise.pgm").write_bytes(b"P5 300 300 255\n" + noise.tobytes())
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_predict_prints_nothing_but_json_lines(folder):
    done = run(
        "predict", "phantom-triage", "a.dcm", "b.txt", "noise.pgm", "absent.dcm", "--json", "--saliency", "maps", cwd=folder, text=True
    )
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 2
    assert [line["file"] for line in lines] == ["a.dcm", "b.txt", "noise.pgm", "absent.dcm"]
    scored, unreadable, refused, absent = lines
    assert list(scored) == ["file", "sha256", "checkpoint", "probabilities", "score", "decision", "quality", "assumptions"]
    assert sum(scored["probabilities"].values()) == pytest.approx(1)
    assert scored["score"] == pytest.approx(scored["probabilities"]["malignant"])
    assert scored["decision"] in ("positive", "negative")
    assert scored["quality"] == {"ok": True, "reasons": []}
    assert set(unreadable) == set(absent) == {"file", "error"}
    assert refused["quality"]["ok"] is False
    assert refused["quality"]["reasons"]
    assert "score" not in refused
    assert [p.name for p in (folder / "maps").iterdir()] == [f"{scored['sha256'][:16]}_phantom-triage.png"]


def test_predict_chooses_the_checkpoint_by_itself(folder, call):
    code, (line,), _ = call("predict", "a.dcm", "--json")
    assert code == 0
    assert json.loads(line)["checkpoint"] == "phantom-triage"


def test_options_stand_before_between_and_after_files(folder, call):
    orders = [
        ("--json", "phantom-triage", "a.dcm", "a.dcm"),
        ("phantom-triage", "--json", "a.dcm", "a.dcm"),
        ("phantom-triage", "a.dcm", "--json", "a.dcm"),
        ("phantom-triage", "a.dcm", "a.dcm", "--json"),
    ]
    results = [call("predict", *order) for order in orders]
    assert all(r == results[0] for r in results)
    assert results[0][0] == 0
    assert len(results[0][1]) == 2


def test_a_name_that_begins_with_a_dash_follows_two_dashes(folder, image, call):
    (folder / "-image.dcm").write_bytes(image)
    assert call("predict", "--json", "--", "-image.dcm")[0] == 0
    assert json.loads(call("predict", "./-image.dcm", "--json")[1][0])["file"] == "./-image.dcm"
    assert call("predict", "-image.dcm")[0] == 64


def test_the_first_argument_is_a_checkpoint_or_a_file(folder, image, call):
    (folder / "phantom-triage").write_bytes(image)
    (folder / "IM000001").write_bytes(image)
    code, lines, err = call("predict", "phantom-triage", "phantom-triage", "--json")
    assert (code, [json.loads(x)["file"] for x in lines]) == (0, ["phantom-triage"])
    assert "./phantom-triage" in err
    assert json.loads(call("predict", "IM000001", "--json")[1][0])["checkpoint"] == "phantom-triage"
    code, lines, err = call("predict", "phantom-triag", "IM000001")
    assert (code, lines) == (1, [])
    assert "There is no checkpoint 'phantom-triag'" in err


def test_a_folder_stands_for_its_files(folder, call):
    (folder / ".hidden").write_bytes(b"")
    (folder / "DICOMDIR").write_bytes(b"")
    (folder / "empty").mkdir()
    code, lines, _ = call("predict", ".", "empty", "--json")
    assert [json.loads(x)["file"] for x in lines] == ["./a.dcm", "./b.txt", "./noise.pgm", "empty"]
    assert code == 2


def test_standard_input(folder, image):
    done = run("predict", "-", "--json", cwd=folder, input=image)
    assert json.loads(done.stdout)["file"] == "-"
    assert "score" in json.loads(done.stdout)
    done = run("score", "-", "--json", input=b"label,score\n1,0.9\n0,0.1\n")
    assert json.loads(done.stdout)["auroc"]["value"] == 1


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("pipe", "pipe or a device"),
        ("/dev/zero", "pipe or a device"),
        ("loop", "leads to itself"),
        ("*.dicom", "pattern"),
        ("huge", "512 MB"),
    ],
)
def test_what_is_no_file_is_refused_before_it_is_read(folder, call, name, words):
    os.mkfifo(folder / "pipe")
    (folder / "loop").symlink_to("loop")
    with open(folder / "huge", "wb") as f:
        f.truncate(2**40)
    code, (line,), _ = call("predict", name, "--json")
    assert code == 2
    assert words in json.loads(line)["error"]


def test_control_characters_of_a_name_never_reach_the_terminal(folder, call):
    names = ["esc\x1b[31mred.dcm", "line\nbreak.dcm", "c1\x9b31m.dcm", os.fsdecode(b"bytes\xff.dcm")]
    code, lines, _ = call("predict", *names, "--json")
    assert code == 2
    assert [json.loads(line)["file"] for line in lines] == names
    assert all(line.isprintable() for line in lines)
    lines = call("predict", *names)[1]
    assert len(lines) == len(names)
    assert all(line.isprintable() for line in lines)
    assert call("score", names[0])[2].strip().isprintable()
    assert printable("Müller 患者") == "Müller 患者"


def test_output_survives_a_terminal_without_unicode(folder):
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "ascii"}
    for options in ([], ["--json"]):
        command = [sys.executable, "-m", "core", "predict", "Müller.dcm", *options]
        out = subprocess.run(command, cwd=folder, env=environment, capture_output=True).stdout.decode("ascii")
        assert (json.loads(out)["file"] if options else out.split(":")[0]) == ("Müller.dcm" if options else "M\\xfcller.dcm")


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("nonsense",),
        ("predict",),
        ("predict", "phantom-triage"),
        ("predict", "--nonsense", "a.dcm"),
        ("train", "phantom-triage"),
        ("phantom",),
        ("phantom", "x", "--count", "0"),
        ("report", "phantom-triage", "--sensitivity", "0"),
        ("crossval", "phantom-triage", "--data", ".", "--seeds", "0;1"),
        ("data", ".", "--label-space", "nonsense"),
        ("notes",),
    ],
)
def test_wrong_usage_exits_with_64_and_two_lines(call, arguments):
    code, lines, err = call(*arguments)
    assert (code, lines) == (64, [])
    assert len(err.splitlines()) == 2
    assert "--help" in err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("predict", "no-such-checkpoint", "x.png"), "There is no checkpoint"),
        (("show", "resnet1000"), "Choose one of"),
        (("train", "phantom-triage", "--data", "/no/such/folder"), "There is no folder"),
        (("train", "phantom-triage", "--data", ".", "--set", "epoks=3"), "Known keys"),
        (("score", "/"), "This is a folder"),
        (("score", "/no/such/table.csv"), "does not exist"),
        (("score", "/dev/zero"), "pipe or a device"),
        (("notes", "table", "/", "out.csv"), "This is a folder"),
        (("notes", "table", "/no/such/table.csv", "out.csv"), "does not exist"),
    ],
)
def test_failures_are_one_sentence(call, arguments, words):
    code, lines, err = call(*arguments)
    assert (code, lines) == (1, [])
    assert words in err
    assert len(err.splitlines()) == 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("arguments", [("list",), ("list", "--json"), ("predict", "absent.dcm")])
def test_a_full_disk_is_one_sentence(folder, arguments):
    with open("/dev/full", "wb") as full:
        environment = os.environ | {"PYTHONPATH": str(ROOT)}
        done = subprocess.run([sys.executable, "-m", "core", *arguments], cwd=folder, env=environment, stdout=full, stderr=subprocess.PIPE)
    assert done.returncode == 1
    assert done.stderr.decode().splitlines() == [
        "second-reader: The output does not fit: the disk is full. Free some space, or choose a folder on another disk."
    ]


@pytest.mark.parametrize(
    "arguments",
    [
        ("predict", "a.dcm", "--saliency", "maps"),
        ("phantom", "phantoms", "--count", "1", "--size", "small"),
        ("convert", "scans", "converted"),
        ("notes", "table", "notes.csv", "scored.csv"),
    ],
)
def test_a_full_disk_stops_a_command_with_one_sentence(folder, image, call, monkeypatch, arguments):
    (folder / "scans").mkdir()
    (folder / "scans" / "a.dcm").write_bytes(image)
    (folder / "notes.csv").write_text("note\nSpiculated mass.\n")

    def full(path, data):
        raise OSError(28, "No space left on device", str(path))

    for module in ("core.files", "core.scans.convert"):
        monkeypatch.setattr(f"{module}.write_bytes", full)
    code, _, err = call(*arguments)
    assert code == 1
    assert "the disk is full" in err.splitlines()[-1]


def test_an_internal_error_is_one_sentence_unless_the_traceback_is_wanted(call, monkeypatch):
    monkeypatch.setattr("core.models.card.list_cards", lambda: 1 / 0)
    code, _, err = call("list")
    assert code == 1
    assert len(err.splitlines()) == 1
    assert "ZeroDivisionError" in err
    monkeypatch.setenv("SECOND_READER_TRACEBACK", "1")
    with pytest.raises(ZeroDivisionError):
        main.main(["list"])


def test_list_and_show(call):
    assert [line.split()[0] for line in call("list")[1]] == [c.name for c in list_cards()]
    assert [json.loads(line)["name"] for line in call("list", "--json")[1]] == [c.name for c in list_cards()]
    assert "11,177,538" in "".join(call("show", "resnet18")[1])  # torchvision's 11,689,512 less its 1000-class layer, plus 2 × 513


@pytest.mark.parametrize("arguments", [("--help",), ("--version",), ("list",)])
def test_light_commands_import_no_torch(arguments):
    code = (
        f"import sys; from core.cli.main import main; main({list(arguments)!r}); sys.exit(bool({{'torch', 'pandas'}} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True).returncode == 0


def test_nothing_depends_on_the_current_folder(tmp_path):
    assert run("list", cwd="/").stdout == run("list").stdout != b""


def test_app_hands_its_options_to_streamlit(call, monkeypatch):
    commands = []
    monkeypatch.setattr(os, "execv", lambda program, command: commands.append(command))
    monkeypatch.setattr(subprocess, "run", lambda command: commands.append(command) or subprocess.CompletedProcess(command, 0))
    call("app", "--port", "8599", "--browser", "--", "--server.maxUploadSize=50")
    command = commands[0]
    assert command[:4] == [sys.executable, "-m", "streamlit", "run"]
    assert Path(command[4]) == ROOT / "dashboard" / "app.py"
    assert command[5:] == ["--server.headless=false", "--server.port=8599", "--server.maxUploadSize=50"]
    assert call("app", "--port", "0")[0] == 64


@pytest.mark.parametrize(
    ("terminal", "environment", "headless"),
    [
        (True, {"DISPLAY": ":0"}, "false"),
        (True, {"DISPLAY": ":0", "SSH_CONNECTION": "a"}, "true"),
        (True, {}, "false" if sys.platform in ("darwin", "win32") else "true"),
        (False, {"DISPLAY": ":0"}, "true"),
    ],
)
def test_app_opens_a_browser_where_somebody_sees_it(call, monkeypatch, terminal, environment, headless):
    commands = []
    monkeypatch.setattr(os, "execv", lambda program, command: commands.append(command))
    monkeypatch.setattr(subprocess, "run", lambda command: commands.append(command) or subprocess.CompletedProcess(command, 0))
    monkeypatch.setattr(core.cli.dashboard, "_has_terminal", lambda: terminal)
    monkeypatch.setattr(webbrowser, "get", lambda: None)
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "SSH_CONNECTION", "CI"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    call("app")
    call("app", "--no-browser")
    assert [commands[0][5], commands[-1][5]] == [f"--server.headless={headless}", "--server.headless=true"]


def test_phantom(tmp_path, call):
    assert call("phantom", tmp_path / "out", "--count", 1, "--seed", 3, "--size", "small", "--format", "both")[0] == 0
    assert (tmp_path / "out" / "phantoms.csv").is_file()
    assert call("phantom", tmp_path / "out")[0] == 1


def test_a_closed_pipe_is_no_error():
    command = f"set -o pipefail; {sys.executable} -m core report phantom-triage | head -1"
    done = subprocess.run(["bash", "-c", command], cwd=ROOT, capture_output=True, text=True)
    assert "images of" in done.stdout
    assert (done.stderr, done.returncode) == ("", 0)


def test_report_and_score_print_json(tmp_path, call):
    report = json.loads(call("report", "phantom-triage", "--json")[1][0])
    assert report["metrics"]["auroc"]["value"] == next(c for c in list_cards() if c.name == "phantom-triage").metrics["auroc"].value
    assert "right only in the first 0" in "".join(call("report", "phantom-triage", "--compare", "phantom-triage")[1])
    (tmp_path / "t.csv").write_text(
        "label,score,patient\n" + "".join(f"{i % 2},{0.3 + 0.4 * (i % 2) + 0.01 * (i % 7)},{i // 2}\n" for i in range(40))
    )
    assert json.loads(call("score", tmp_path / "t.csv", "--json")[1][0])["auroc"]["value"] == 1


@pytest.mark.parametrize("arguments", [("report", "phantom-triage", "--checklist"), ("report", "phantom-triage", "--sensitivity", "0.9")])
def test_report_prints_text_and_json(call, arguments):
    code, lines, _ = call(*arguments)
    assert code == 0
    assert lines
    assert json.loads(call(*arguments, "--json")[1][0])


def test_data_audit_and_cache(tmp_path, call):
    call("phantom", tmp_path / "out", "--count", 2, "--seed", 3, "--size", "small")
    card = json.loads(call("data", tmp_path / "out", "--json")[1][0])
    assert (card["images"], card["patients"], card["synthetic"]) == (8, 2, True)
    assert "8 images of 2 patients (SYNTHETIC)" in "".join(call("data", tmp_path / "out")[1])
    code, (line,), _ = call("audit", tmp_path / "out", "--json")
    assert code == 1  # two patients are too few to trust the key
    assert {f["check"] for f in json.loads(line)} >= {"keys"}
    assert "data sets" in call("cache", "--clear")[1][0]


def test_completion_offers_checkpoints_and_recipes():
    def complete(line):
        environment = os.environ | {
            "_SECOND_READER_COMPLETE": "complete_bash",
            "COMP_WORDS": line,
            "COMP_CWORD": str(len(line.split()) - 1),
        }
        code = "import sys; from core.cli.main import main; sys.exit(main([]))"
        return subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True).stdout.split()

    assert complete("second-reader predict phantom-t") == ["phantom-triage"]
    assert "mias-triage" in complete("second-reader train mias")
    assert "crossval" in complete("second-reader cro")


def test_the_reference_is_written_from_the_program():
    done = subprocess.run([sys.executable, ".ci/reference.py", "--check"], cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)})
    assert done.returncode == 0, "docs/cli.md or docs/architecture.md is out of date: run `make docs`"


def test_every_environment_variable_is_documented():
    sources = [p for package in ("core", "dashboard") for p in (ROOT / package).rglob("*.py")]
    used = set().union(*(re.findall(r"SECOND_READER_[A-Z_]+", p.read_text("utf-8")) for p in sources))
    documented = set(re.findall(r"^\| `(SECOND_READER_[A-Z_]+)`", (ROOT / "docs" / "cli.md").read_text("utf-8"), re.M))
    assert documented == used
