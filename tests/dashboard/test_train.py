"""Check a folder and Train on your data, through AppTest; the training is a real one of seconds, in a process of its own."""

import os
import time

import pytest
import streamlit as st

from core.datasets import phantom
from core.errors import DataError
from core.models.card import read_card
from core.training import runs
from core.training.recipe import load_recipe
from dashboard.cache import datasets
from dashboard.data import access
from dashboard.data import choose as folder_choice
from dashboard.phrases import data as data_text
from dashboard.phrases import train as text

TINY = ["pretrained=false", "input.size=[96,64]", "folds=3", "batch_size=4", "architecture=cancerdetectnet", "recalibrate_batchnorm=false"]
WAIVER = "a dozen exams are too few for the usual checks"


@pytest.fixture(scope="module")
def exams(tmp_path_factory):
    return phantom.make(tmp_path_factory.mktemp("phantoms") / "p", 12, 3, size="small", formats=("png",))


@pytest.fixture
def train(app, tmp_path, tmp_path_factory, monkeypatch):
    """Train on your data, on loopback, with empty folders."""
    monkeypatch.setenv("SECOND_READER_CACHE", str(tmp_path_factory.getbasetemp() / "grids"))
    monkeypatch.setenv("SECOND_READER_RUNS", str(tmp_path / "runs"))
    monkeypatch.setenv("SECOND_READER_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("SECOND_READER_DATA", raising=False)
    listen(monkeypatch, "127.0.0.1")
    datasets.dataset.clear()
    return app.switch_page("views/train.py").run()


def listen(monkeypatch, address):
    real = st.get_option
    monkeypatch.setattr(access.st, "get_option", lambda name: address if name == "server.address" else real(name))


def words(app):
    kinds = (app.markdown, app.caption, app.text, app.info, app.warning, app.error, app.success, app.code)
    return "\n".join(str(e.value) for kind in kinds for e in kind)


def type_in(app, key, value):
    """AppTest sends listed options only."""
    box = app.selectbox(key=key)
    box.options = [*box.options, str(value)]
    box.set_value(str(value)).run()
    assert not app.exception


def pick(app, exams):
    type_in(app, "data_folder", exams)


def wait(app, until, seconds=150):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        app.run()
        assert not app.exception
        if until(words(app)):
            return
        time.sleep(0.5)
    raise TimeoutError(words(app))


def tiny(tmp_path, name, epochs):
    path = tmp_path / f"{name}.toml"
    path.write_text(load_recipe("phantom-triage", [*TINY, f"name={name}", f"epochs={epochs}", "patience=500"]).to_toml())
    return path


def test_nothing_chosen_offers_phantoms(train, monkeypatch):
    assert data_text.EMPTY in words(train)
    monkeypatch.setattr(folder_choice, "EXAMS", 2)
    train.run()
    train.button(key="draw_phantoms").click().run()
    assert not train.exception
    assert train.selectbox(key="data_folder").value == datasets.drawn_folder().as_posix()
    assert {m.label: m.value for m in train.metric}[data_text.IMAGES] == "8"
    train.switch_page("views/data.py").run()
    assert train.selectbox(key="data_folder").value == datasets.drawn_folder().as_posix()  # chosen on the other page


def test_the_command_is_written_and_says_nothing_of_other_data(train, exams):
    pick(train, exams)
    train.text_input(key="train_name").set_value("mine").run()
    train.selectbox(key="train_recipe").set_value("mias-tissue").run()
    train.selectbox(key="train_start_mobilenet_v2").set_value("random").run()
    assert f"second-reader recipe {exams} --name mine --like mias-tissue --start-from random" in train.code[0].value
    assert f"second-reader train mine.toml --data {exams} --name mine" in train.code[0].value
    train.text_input(key="train_name").set_value("Not a name").run()
    assert "'name'" in words(train)
    assert "train_start" not in {b.key for b in train.button}


def test_other_machines_see_no_buttons_and_no_other_folders(train, exams, monkeypatch, tmp_path):
    listen(monkeypatch, "0.0.0.0")
    pick(train, exams)
    assert data_text.OUTSIDE in words(train)
    monkeypatch.setenv("SECOND_READER_DATA", str(exams.parent))
    pick(train, exams)
    assert text.NOT_LOOPBACK in words(train)
    assert "train_start" not in {b.key for b in train.button}
    (tmp_path / "link").mkdir()
    with pytest.raises(DataError):
        access.checked(f"{exams.parent}/../../")


@pytest.mark.parametrize(
    ("address", "alone"),
    [("127.0.0.1", True), ("localhost", True), ("::1", True), ("0.0.0.0", False), ("", False), (None, False), ("example.org", False)],
)
def test_loopback(monkeypatch, address, alone):
    listen(monkeypatch, address)
    assert access.on_loopback() is alone


def test_a_training_from_start_to_promotion(train, exams, tmp_path):
    pick(train, exams)
    type_in(train, "train_recipe", tiny(tmp_path, "mine", 400))
    assert text.OWN_RECIPE in words(train)
    train.button(key="train_start").click().run()
    wait(train, lambda said: text.STATES["failed"] in said)
    assert "patients" in train.error[0].value  # the audit, in one sentence
    assert "\n" not in train.error[0].value
    train.text_input(key="again_waiver_mine").set_value(WAIVER).run()
    train.button(key="train_resume").click().run()
    folder = runs.runs_folder() / "mine"
    wait(train, lambda _: runs.finished_epochs(folder) >= 2)
    assert len(train.get("plotly_chart")) == 2
    again = type(train).from_file(train._script_path, default_timeout=60).run()  # as after a refresh of the page
    again.switch_page("views/train.py").run()
    again.button(key="train_stop").click().run()
    assert runs.find_run(folder).state == "stopped"
    train.run()
    done = runs.finished_epochs(folder)
    assert text.STOPPED.format(done=done, epochs=400) in words(train)
    train.button(key="train_resume").click().run()
    wait(train, lambda _: runs.finished_epochs(folder) > done)
    runs.stop(runs.find_run(folder))


def test_a_poor_run_needs_a_reason_to_be_promoted(train, exams, tmp_path):
    pick(train, exams)
    type_in(train, "train_recipe", tiny(tmp_path, "short", 2))
    train.text_input(key="train_waiver").set_value(WAIVER).run()
    train.button(key="train_start").click().run()
    wait(train, lambda said: text.STATES["complete"] in said)
    assert text.PROBLEM_TITLE in words(train)
    assert "16 images, fewer than 30" in words(train)
    assert train.button(key="promote").disabled
    train.text_input(key="promote_waiver_short").set_value("a test").run()
    train.button(key="promote").click().run()
    assert text.PROMOTED.format(name="short") in words(train)
    assert read_card(tmp_path / "short").limits[-1].endswith("Reason: a test")
    assert os.environ["SECOND_READER_CHECKPOINTS"] == str(tmp_path)
    train.button(key="promote").click().run()
    assert "already" in words(train)
