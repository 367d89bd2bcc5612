"""Outside tests: what is tested on what, and with which figures."""

import cv2
import numpy as np
import pytest

from core.errors import DataError
from core.evaluation import outside
from core.evaluation.outside import data_sets, measure_outside
from core.inference.predictor import Predictor
from core.labels import DENSITY, TISSUE, TUMOUR
from core.models.outside_results import FILE, read_outside, write_outside


@pytest.fixture
def sources(tmp_path, monkeypatch):
    monkeypatch.setenv("SECOND_READER_CACHE", str(tmp_path / "cache"))
    root, rng = tmp_path / "data", np.random.default_rng(0)
    for source, n in (("here", 6), ("elsewhere", 24)):
        for k in range(n):
            folder = root / source / ("malignant" if k % 3 == 0 else "benign")
            folder.mkdir(parents=True, exist_ok=True)
            image = np.zeros((160, 120), np.uint8)
            cv2.ellipse(image, (0, 80), (90, 70), 0, 0, 360, 60 + 8 * (k % 10), -1)
            noisy = np.clip(image + rng.integers(0, 20, image.shape), 0, 255).astype(np.uint8)
            cv2.imwrite(str(folder / f"p{k // 2}_{k}.png"), noisy)
    density = root / "densities" / "inner"
    for k, name in enumerate("ABCD"):
        (density / name).mkdir(parents=True)
        cv2.imwrite(str(density / name / f"{k}.png"), np.full((40, 30), 40 * k, np.uint8))
    (root / "notes").mkdir()
    return root


@pytest.fixture
def predictor(card_of, model_of, monkeypatch):
    card = card_of("tested")
    found = Predictor(card.model_copy(update={"data": card.data.model_copy(update={"sources": ("here",)})}), model_of())
    monkeypatch.setattr(outside, "find_checkpoint", lambda name: name)
    monkeypatch.setattr(Predictor, "load", classmethod(lambda cls, name: found))
    return found


def test_a_source_is_opened_in_the_labels_that_it_states(sources):
    assert {m.sources[0]: m.space.name for m in data_sets(sources, (TUMOUR,))} == {"here": "tumour", "elsewhere": "tumour"}
    assert {m.sources[0]: m.space.name for m in data_sets(sources, (TISSUE, DENSITY))} == {"densities": "density"}
    assert [m.sources[0] for m in data_sets(sources / "elsewhere", (TUMOUR,))] == ["elsewhere"]


def test_the_sources_of_the_training_are_left_out_and_patients_drawn(sources, predictor):
    (whole,) = measure_outside("tested", sources)
    assert (whole.source, whole.n, whole.n_patients, whole.n_positive, whole.drawn) == ("elsewhere", 24, 12, 8, False)
    assert 0 <= whole.auroc.value <= 1
    assert whole.sensitivity.n == 8
    assert whole.specificity.n == 16
    (part,) = measure_outside("tested", sources, patients=5)
    assert (part.n, part.n_patients, part.drawn) == (10, 5, True)
    assert measure_outside("tested", sources, patients=5) == (part,)
    with pytest.raises(DataError, match="not trained on"):
        measure_outside("tested", sources / "here")


def test_results_are_read_back_and_a_damaged_file_gives_none(sources, predictor, tmp_path, monkeypatch):
    found = measure_outside("tested", sources, patients=5)
    write_outside(tmp_path, found)
    monkeypatch.setattr("core.models.outside_results.find_checkpoint", lambda name: tmp_path)
    assert read_outside("tested") == found
    (tmp_path / FILE).write_text("[{}]")
    assert read_outside("tested") == ()
