"""Runs as processes: started, stopped in the middle, resumed, failed with a sentence."""

import os
import time

import pytest

from core.datasets.phantom import make
from core.errors import RecipeError
from core.folders import runs_folder
from core.training import runs
from core.training.recipe import load_recipe

TINY = ["pretrained=false", "input.size=[96,64]", "folds=3", "batch_size=4", "architecture=cancerdetectnet", "recalibrate_batchnorm=false"]
WAIVER = "a dozen exams are too few for the usual checks"


@pytest.fixture(autouse=True)
def _folders(tmp_path_factory, tmp_path, monkeypatch):
    monkeypatch.setenv("SECOND_READER_CACHE", str(tmp_path_factory.getbasetemp() / "grids"))
    monkeypatch.setenv("SECOND_READER_RUNS", str(tmp_path / "runs"))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(["", os.environ.get("PYTHONPATH", "")]))


@pytest.fixture(scope="module")
def exams(tmp_path_factory):
    return make(tmp_path_factory.mktemp("phantoms") / "p", 12, 3, size="small", formats=("png",))


def recipe(name, epochs):
    return load_recipe("phantom-triage", [*TINY, f"name={name}", f"epochs={epochs}", "patience=500"])


def wait(folder, until, seconds=120):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        run = runs.find_run(folder)
        if run and until(run):
            return run
        time.sleep(0.1)
    raise TimeoutError("\n".join(runs.log_tail(folder, 20)))


def test_a_stopped_training_says_where_and_goes_on_there(exams, tmp_path):
    folder = runs.start(recipe("mine", 500), exams, waiver=WAIVER)
    run = wait(folder, lambda r: r.epochs >= 2)
    assert run.state == "running"
    assert runs.seconds_left(run) > 0
    assert [r.name for r in runs.list_runs()] == ["mine"]
    with pytest.raises(RecipeError, match="already: running"):
        runs.start(recipe("mine", 500), exams)
    runs.stop(run)
    stopped = runs.find_run(folder)
    with pytest.raises(RecipeError, match="already: stopped"):  # another recipe would make it impossible to resume
        runs.start(recipe("mine", 400), exams)
    assert stopped.state == "stopped"
    assert 2 <= stopped.epochs < 500
    assert any("epoch 1: loss" in line for line in runs.log_tail(folder, 500))
    (folder / "recipe.toml").write_text((folder / "recipe.toml").read_text().replace("epochs = 500", "epochs = 499"))
    run = wait(runs.resume(stopped), lambda r: r.state != "running")
    assert run.state == "failed"  # the state is that of another recipe
    assert "unfinished training of another recipe" in run.attempt.problem
    (folder / "recipe.toml").write_text((folder / "recipe.toml").read_text().replace("epochs = 499", "epochs = 500"))
    run = wait(runs.resume(run), lambda r: r.epochs > stopped.epochs)
    assert run.state == "running"
    assert run.attempt.waiver == WAIVER
    runs.stop(run)


def test_a_training_ends_complete_and_leaves_no_traces_of_its_process(exams, tmp_path):
    folder = runs.start(recipe("short", 2), exams, waiver=WAIVER)
    run = wait(folder, lambda r: r.state != "running")
    assert (run.state, run.epochs, run.attempt) == ("complete", 2, None)
    assert not {runs.ATTEMPT, runs.LOCK} & {p.name for p in folder.iterdir()}
    with pytest.raises(RecipeError, match="already: complete"):
        runs.start(recipe("short", 2), exams)
    with pytest.raises(RecipeError, match="is complete"):
        runs.resume(run)


def test_a_refusal_is_one_sentence(exams, tmp_path):
    run = wait(runs.start(recipe("leaky", 2), exams), lambda r: r.state != "running")
    assert run.state == "failed"
    assert "\n" not in run.attempt.problem
    assert "patients" in run.attempt.problem  # the audit: too few
    path = run.folder / runs.RECIPE
    path.write_text("epoks = 3\n" + path.read_text())
    run = wait(runs.resume(run, WAIVER), lambda r: r.state != "running")
    assert run.state == "failed"
    assert "'epoks' is unknown" in run.attempt.problem
    assert runs.start(recipe("leaky", 2), exams, waiver=WAIVER) == run.folder  # nothing was learned in it yet
    assert wait(run.folder, lambda r: r.state != "running").state == "complete"


def test_a_held_folder_refuses_a_second_process(tmp_path):
    with runs.occupied(tmp_path / "held", tmp_path, 3):
        assert runs.is_running(tmp_path / "held")
        with pytest.raises(RecipeError, match="is running"), runs.occupied(tmp_path / "held", tmp_path, 3):
            pass
    assert not runs.is_running(tmp_path / "held")
    assert runs.list_runs() == []
    assert not runs_folder().exists()


def test_a_killed_training_is_stopped_not_running(tmp_path):
    folder = tmp_path / "killed"
    with pytest.raises(KeyboardInterrupt), runs.occupied(folder, tmp_path, 3):
        raise KeyboardInterrupt
    assert runs.find_run(folder).state == "stopped"


def test_progress_bars_do_not_fill_the_log(tmp_path):
    (tmp_path / runs.LOG).write_bytes(b"epoch 1/3:   0%|\repoch 1/3:  50%|##\repoch 1/3: 100%|\r\nepoch 1: loss 0.5\n\nlast")
    assert runs.log_tail(tmp_path, 2) == ["epoch 1: loss 0.5", "last"]
    assert runs.log_tail(tmp_path, 9)[0] == "epoch 1/3: 100%|"
    assert runs.log_tail(tmp_path / "none", 2) == []
