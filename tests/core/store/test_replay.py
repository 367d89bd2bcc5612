"""Replay: the same bytes on the same machine; elsewhere what differs is named."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from core.device import pick
from core.errors import CheckpointError, StoreError
from core.files import sha256_file
from core.folders import checkpoints_folder
from core.inference.predictor import Predictor
from core.models.card import read_card, write_card
from core.models.checkpoint import signature
from core.store import saved_exams
from core.store.records import saved_prediction
from core.store.replay import replay

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def checkpoints(tmp_path, monkeypatch):
    """A copy of the small phantom checkpoint, to be altered."""
    folder = tmp_path / "checkpoints"
    (folder / "phantom-triage").mkdir(parents=True)
    for name in ("card.json", "weights.safetensors"):
        shutil.copy(checkpoints_folder() / "phantom-triage" / name, folder / "phantom-triage")
    monkeypatch.setenv("SECOND_READER_CHECKPOINTS", str(folder))
    return folder


@pytest.fixture
def kept(checkpoints, phantom):
    """Id of a kept exam of two views: one read with heatmaps, as the dashboard does, one by the score alone and through another filter."""
    predictor = Predictor.load("phantom-triage", pick("cpu"))
    right, left = phantom
    first, _ = predictor.predict_and_explain(right)
    second = predictor.predict(left, input=predictor.card.input.with_filter("gaussian"))
    predictions = [(first, right), (second, left)]
    return saved_exams.save([right, left], [saved_prediction(r, predictor.card, s.pixel_sha256) for r, s in predictions])


def test_the_row_carries_what_the_score_came_from(kept, checkpoints, phantom):
    card = read_card(checkpoints / "phantom-triage")
    first, second = saved_exams.find(kept).predictions
    assert (first.scan_sha256, first.pixel_sha256) == (phantom[0].sha256, phantom[0].pixel_sha256)
    assert (first.weights_sha256, first.temperature, first.threshold) == (card.weights.sha256, card.temperature, card.threshold)
    assert first.input == card.input.model_dump(mode="json")
    assert second.input["filter"] == "gaussian"
    assert second.input_overridden
    assert (first.device, first.dtype, first.threads) == ("cpu", "float32", torch.get_num_threads())
    assert {"torch", "torchvision", "numpy", "opencv-python-headless"} <= set(first.versions)
    assert (first.heatmaps > 0, second.heatmaps) == (True, 0)


def test_same_bytes_on_the_same_machine(kept, phantom):
    found = list(replay(kept))
    assert [r.label for r in found] == ["R MLO", "L MLO"]
    for r in found:
        assert r.same
        assert not r.differs
        assert "same bytes" in r.sentence
    assert [r.label for r in replay(phantom[1].sha256[:12])] == ["L MLO"]


def test_another_thread_count_is_named(kept):
    before = torch.get_num_threads()
    torch.set_num_threads(before + 1)
    try:
        found = list(replay(kept))
    finally:
        torch.set_num_threads(before)
    for r in found:
        assert f"threads {before} then, {before + 1} now" in r.sentence
        assert r.difference < 1e-4


def test_altered_weights_are_named(kept, checkpoints):
    from safetensors.torch import load_file, save_file

    path = checkpoints / "phantom-triage" / "weights.safetensors"
    state = load_file(path)
    name = list(state)[-1]
    state[name] = state[name] + 0.25
    save_file(state, path)
    with pytest.raises(CheckpointError, match="not those that its card names"):
        list(replay(kept))
    card = read_card(path.parent)
    sha256 = sha256_file(path)
    weights = {"sha256": sha256, "signature": signature(sha256, card.label_space, card.input)}
    write_card(path.parent, card.model_copy(update={"weights": card.weights.model_copy(update=weights)}))
    for r in replay(kept):
        assert not r.same
        assert r.difference > 1e-3
        assert "logits differ by up to 0." in r.sentence
        assert f"weights of phantom-triage {card.weights.sha256[:12]} then" in r.sentence


def test_another_temperature_is_named_although_the_logits_are_the_same(kept, checkpoints):
    card = read_card(checkpoints / "phantom-triage")
    write_card(checkpoints / "phantom-triage", card.model_copy(update={"temperature": 3.0}))
    r = next(iter(replay(kept)))
    assert (r.same, r.difference) == (False, 0.0)
    assert f"temperature {card.temperature} then, 3.0 now" in r.sentence


def test_other_versions_are_named(kept, monkeypatch):
    from core.inference import environment

    found = environment._versions(False)
    monkeypatch.setattr(environment, "_versions", lambda cuda: found | {"torch": "99.0"})
    r = next(iter(replay(kept)))
    assert r.same
    assert "same bytes" in r.sentence
    assert f"torch {found['torch']} then, 99.0 now" in r.sentence


def test_what_cannot_be_replayed_says_why(kept, checkpoints, phantom):
    with pytest.raises(StoreError, match="No saved case begins with 'ffffffff'"):
        list(replay("ffffffff"))
    shutil.rmtree(checkpoints / "phantom-triage")
    with pytest.raises(CheckpointError, match="checkpoint phantom-triage of a saved prediction is missing"):
        list(replay(kept))
    saved_exams.delete(kept)
    with pytest.raises(StoreError, match="No prediction was saved"):
        list(replay(saved_exams.save(phantom)))


def test_the_commands(kept, checkpoints):
    def run(*arguments):
        environment = os.environ | {"OMP_NUM_THREADS": str(torch.get_num_threads())}
        return subprocess.run([sys.executable, "-m", "core", *arguments], cwd=ROOT, capture_output=True, text=True, env=environment)

    listed = json.loads(run("saved", "--json").stdout)
    assert listed["id"] == kept
    assert [p["checkpoint"] for p in listed["predictions"]] == ["phantom-triage"] * 2
    assert "R MLO, L MLO (phantom)" in run("saved").stdout
    done = run("replay", kept[:6])
    assert (done.returncode, done.stdout.count("same bytes")) == (0, 2), done
    other = run("replay", kept, "--json", "--threads", str(torch.get_num_threads() + 1))
    assert [any("threads" in d for d in json.loads(line)["differs"]) for line in other.stdout.splitlines()] == [True, True]
    assert run("replay", "ffffffff").returncode == 1
    assert run("saved", "--delete", kept).returncode == 0
    assert "There are no saved cases" in run("saved").stdout
