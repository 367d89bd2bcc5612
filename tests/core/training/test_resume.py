"""A training that was cut off goes on as if nothing had happened; several processes learn what one learns."""

import os
import subprocess
import sys

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from core.datasets.phantom import make
from core.errors import RecipeError
from core.training import resume
from core.training.experiment import train
from core.training.optimisation import Schedule
from core.training.recipe import load_recipe
from core.training.trainer import Trainer

WAIVER = "a dozen exams are too few for the usual checks"
SMALL = ["input.size=[64,48]", "folds=3", "epochs=3", "batch_size=8", "lr=0.01", "patience=9", "weights_dtype=float32"]
SEEDS = [
    *SMALL,
    "architecture=cancerdetectnet",
    "pretrained=false",
    "balanced_sampling=true",
    "class_weights=true",
    "schedule=plateau",
    "optimizer=sgd",
    "accumulate=2",
    "ema=0.9",
    "dropout=0.5",
]


@pytest.fixture(scope="module")
def exams(tmp_path_factory):
    return make(tmp_path_factory.mktemp("phantoms") / "p", 12, 3, size="small", formats=("png",))


@pytest.fixture(autouse=True)
def _cache(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("SECOND_READER_CACHE", str(tmp_path_factory.getbasetemp() / "grids"))


def trained(out, exams, changes=(), name="run"):
    return train(load_recipe("phantom-triage", [*SEEDS, *changes]), exams, out, waive=WAIVER, name=name)


def history_of(folder):
    """history.csv without the seconds."""
    return [line.rsplit(",", 1)[0] for line in (folder / "history.csv").read_text().splitlines()]


def test_cut_off_in_any_epoch_and_resumed_gives_the_same_weights_and_history(exams, tmp_path, monkeypatch):
    whole = trained(tmp_path / "whole", exams)
    real, seen = Trainer.train_epoch, []

    def cut_off(*arguments):
        seen.append(arguments)
        if len(seen) == 2:
            raise KeyboardInterrupt
        return real(*arguments)

    monkeypatch.setattr(Trainer, "train_epoch", cut_off)
    with pytest.raises(KeyboardInterrupt):
        trained(tmp_path / "cut", exams)
    folder = tmp_path / "cut" / "run"
    assert (folder / resume.STATE).is_file()
    assert not (folder / "card.json").exists()
    with open(folder / "history.csv", "a") as f:
        f.write("2,train,9,9,9,9,9,9,9\n")  # an epoch whose state was never saved
    again = trained(tmp_path / "cut", exams)
    assert len(seen) == 4  # epochs 1, 2 (cut off), 2, 3
    assert history_of(again) == history_of(whole)
    states = [load_file(f / "weights.safetensors") for f in (whole, again)]
    assert all(torch.equal(states[0][k], states[1][k]) for k in states[0])
    assert not (again / resume.STATE).exists()


def test_cut_off_among_patches_or_after_them_gives_the_same_weights(exams, tmp_path, monkeypatch):
    changes = ["epochs=4", "patch_epochs=2", "patch_size=[32,24]"]
    whole = trained(tmp_path / "whole", exams, changes)
    real = Trainer.train_epoch
    for cut in (1, 2):  # epochs done before: the second epoch is on patches, the third on whole grids
        done = []

        def cut_off(*arguments, done=done, cut=cut):
            if len(done) == cut:
                raise KeyboardInterrupt
            done.append(arguments)
            return real(*arguments)

        with monkeypatch.context() as patch:
            patch.setattr(Trainer, "train_epoch", cut_off)
            with pytest.raises(KeyboardInterrupt):
                trained(tmp_path / f"cut{cut}", exams, changes)
        again = trained(tmp_path / f"cut{cut}", exams, changes)
        assert history_of(again) == history_of(whole)
        assert (again / "weights.safetensors").read_bytes() == (whole / "weights.safetensors").read_bytes()


def test_a_state_of_another_recipe_or_a_torn_one_is_refused(exams, tmp_path, monkeypatch):
    def stop(*arguments):
        raise KeyboardInterrupt

    folder = tmp_path / "run"
    with monkeypatch.context() as patch:
        patch.setattr(resume.Progress, "after_epoch", lambda self, *_: setattr(self, "epochs", 1))
        patch.setattr(Schedule, "rate", lambda self, step: stop() if step >= 2 else None)
        with pytest.raises(KeyboardInterrupt):
            trained(tmp_path, exams)
    with pytest.raises(RecipeError, match="of another recipe"):
        trained(tmp_path, exams, ["lr=0.02"])
    (folder / resume.STATE).write_bytes((folder / resume.STATE).read_bytes()[:500])
    with pytest.raises(RecipeError, match="--name"):
        trained(tmp_path, exams)


def test_two_processes_learn_what_one_learns(exams, tmp_path):
    # Weights of the loss are normalised in each process, and bfloat16 rounds otherwise in batches of another size. The first epoch
    # learns from patches, the second from whole grids.
    changes = [
        "precision=32-true",
        "accumulate=1",
        "ema=0",
        "dropout=0",
        "epochs=2",
        "class_weights=false",
        "patch_epochs=1",
        "patch_size=[48,32]",
    ]
    alone = trained(tmp_path / "alone", exams, changes)
    program = (
        "from core.training.experiment import train; from core.training.recipe import load_recipe; from pathlib import Path; import sys; "
        f"train(load_recipe('phantom-triage', {[*SEEDS, *changes]!r}), Path(sys.argv[1]), Path(sys.argv[2]), waive='w', name='run')"
    )
    script = tmp_path / "job.py"
    script.write_text(program)
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2", str(script), str(exams)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    done = subprocess.run([*command, str(tmp_path / "both")], capture_output=True, text=True, env=environment, timeout=300)
    assert done.returncode == 0, done.stderr[-2000:]
    columns = [np.array([[float(v) for v in row.split(",")[2:3]] for row in history_of(f)[1:]]) for f in (alone, tmp_path / "both" / "run")]
    np.testing.assert_allclose(columns[0], columns[1], rtol=1e-4)
    assert (tmp_path / "both" / "run" / "card.json").is_file()


def test_events_for_tensorboard_are_those_of_history(exams, tmp_path):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    folder = trained(tmp_path, exams, ["tensorboard=true"])
    events = EventAccumulator(str(folder)).Reload()
    rows = [line.split(",") for line in (folder / "history.csv").read_text().splitlines()[1:]]
    losses = [float(r[2]) for r in rows if r[1] == "validation"]
    assert [e.value for e in events.Scalars("loss/validation")] == pytest.approx(losses, rel=1e-5)
    assert [e.step for e in events.Scalars("auroc/train")] == [1, 2, 3]
