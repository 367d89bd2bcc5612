"""Train on your data in a real browser: a folder with a class a subfolder, a small recipe, start, progress, stop."""

import re
from collections import Counter
from itertools import count

import cv2
import pytest
from playwright.sync_api import expect

from core.datasets.phantom import draw, plan_exam
from core.training.recipe import load_recipe
from dashboard.phrases import data as data_text
from dashboard.phrases import train as text
from dashboard.phrases.navigation import PAGES

# The browser driver leaves sockets to the garbage collector when a page closes.
pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")]
TINY = ["pretrained=false", "input.size=[96,64]", "folds=3", "batch_size=4", "architecture=cancerdetectnet", "recalibrate_batchnorm=false"]
PER_CLASS = 7  # patients; a folder of one's own needs 20
WAIT = 120_000  # milliseconds


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Phantoms as somebody would bring them: a folder a class, PATIENT_anything.png in each."""
    root, counts = tmp_path_factory.mktemp("own"), Counter()
    for exam in count(1):
        view = draw(plan_exam(3, exam), "R", "MLO", "small")
        counts[view.label] += 1
        if counts[view.label] <= PER_CLASS:
            (root / view.label).mkdir(exist_ok=True)
            cv2.imwrite(str(root / view.label / f"P{exam:03}_R_MLO.png"), cv2.convertScaleAbs(view.pixels, alpha=1 / 16))
        if len(counts) == 3 and min(counts.values()) >= PER_CLASS:
            break
    return root


def type_in(app, label, value):
    """Type into a box that takes new options."""
    app.page.get_by_role("combobox", name=re.compile(label)).first.fill(str(value))
    app.page.keyboard.press("Enter")
    app.page.wait_for_timeout(500)
    app.settle()


def test_a_training_is_started_watched_and_stopped(app, folder, tmp_path):
    recipe = tmp_path / "tiny.toml"
    recipe.write_text(load_recipe("phantom-triage", [*TINY, "name=tiny", "epochs=400", "patience=500"]).to_toml())
    page = app.page
    app.go("Train on your data")
    type_in(app, data_text.FOLDER, folder)
    expect(page.get_by_text(text.COMMAND)).to_be_visible(timeout=WAIT)
    type_in(app, text.RECIPE, recipe)
    expect(page.get_by_text(text.OWN_RECIPE)).to_be_visible(timeout=WAIT)
    page.get_by_role("textbox", name=text.WAIVE_AUDIT).fill("a test of the page, with too few patients")
    page.keyboard.press("Tab")
    app.settle()
    expect(page.get_by_test_id("stCode").first).to_contain_text(f"second-reader train {recipe} --data {folder}")
    page.get_by_role("button", name=text.START).click()
    expect(page.get_by_text(re.compile(r"Epoch [1-9]\d* of 400"))).to_be_visible(timeout=WAIT)
    expect(page.locator(".js-plotly-plot")).to_have_count(2)
    page.get_by_role("button", name=text.STOP, exact=True).click()
    stopped = page.get_by_text(re.compile(r"Stopped at epoch (\d+) of 400"))
    expect(stopped).to_be_visible(timeout=WAIT)
    said = stopped.inner_text()
    page.goto(page.url.removesuffix(PAGES["train"].address))  # it is what the run's folder says, not what the page remembers
    app.settle()
    app.go("Train on your data")
    type_in(app, text.RUNS, "tiny")
    expect(page.get_by_role("button", name=text.RESUME)).to_be_visible(timeout=WAIT)
    expect(page.get_by_text(said)).to_be_visible()
