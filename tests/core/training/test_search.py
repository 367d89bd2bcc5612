"""The search looks at validation only and leaves a table; the range test sees the loss fall and rise."""

import pytest

from core.datasets.phantom import make
from core.training.recipe import load_recipe
from core.training.search import find_lr, random_search

CHANGES = [
    "architecture=cancerdetectnet",
    "pretrained=false",
    "recalibrate_batchnorm=false",
    "input.size=[64,48]",
    "folds=3",
    "batch_size=8",
]


@pytest.fixture(scope="module")
def exams(tmp_path_factory):
    return make(tmp_path_factory.mktemp("phantoms") / "p", 9, 3, size="small", formats=("png",))


@pytest.fixture(autouse=True)
def _cache(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("SECOND_READER_CACHE", str(tmp_path_factory.getbasetemp() / "grids"))


def test_search_ranks_variants_by_validation_and_never_predicts_the_test_part(exams, tmp_path):
    recipe = load_recipe("phantom-triage", CHANGES)
    table = random_search(recipe, exams, tmp_path, trials=3, epochs=1, waive="nine exams")
    assert table["validation_auroc"].is_monotonic_decreasing
    assert set(table["trial"]) == {0, 1, 2}
    assert table.set_index("trial").loc[0, "lr"] == recipe.lr
    assert table["lr"].nunique() == 3
    assert (tmp_path / "search.csv").is_file()
    assert list(tmp_path.rglob("predictions.csv")) == []


def test_range_test_stops_where_the_loss_explodes(exams):
    recipe = load_recipe("phantom-triage", [*CHANGES, "optimizer=sgd", "momentum=0"])
    table = find_lr(recipe, exams, steps=30, low=1e-4, high=1e4, waive="nine exams")
    assert table["lr"].is_monotonic_increasing
    assert table["lr"].iloc[-1] < 1e4
    assert table["loss"].min() <= table["loss"].iloc[0]
