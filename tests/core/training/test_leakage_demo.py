"""The two protocols differ in the split alone, and a network that memorises profits from the leak."""

import cv2
import numpy as np
import pytest

from core.errors import DataError
from core.training.leakage_demo import leakage_demo, sentences
from core.training.recipe import load_recipe


@pytest.fixture
def noise(tmp_path, monkeypatch):
    """Images whose classes are drawn at random: nothing can be learned from them, only remembered."""
    monkeypatch.setenv("SECOND_READER_CACHE", str(tmp_path / "grids"))
    rng = np.random.default_rng(0)
    for patient in range(45):
        folder = tmp_path / "data" / ("normal", "benign", "malignant")[patient % 3]
        folder.mkdir(parents=True, exist_ok=True)
        blobs = cv2.resize(rng.random((6, 6)), (96, 96), interpolation=cv2.INTER_CUBIC)
        cv2.imwrite(str(folder / f"{patient}_1.png"), np.clip(blobs * 200 + 20, 0, 255).astype(np.uint8))
    return tmp_path / "data"


def test_the_leak_pays_where_nothing_can_be_learned(noise, tmp_path):
    changes = ["input.size=[48,48]", "input.crop=none", "epochs=25", "lr=0.02", "augment.quarter_turns=false", "augment.mirror=false"]
    recipe = load_recipe("cancerdetectnet", [*changes, "augment.upside_down=false", "augment.rotation=5", "architecture=vgg_bn_3"])
    report = leakage_demo(recipe, noise, tmp_path / "out", copies=6)
    assert report["leaky"]["shared_patients"] > 30
    assert report["honest"]["shared_patients"] == report["honest"]["shared_images"] == 0
    assert report["leaky"]["accuracy"]["value"] > 0.8
    assert report["honest"]["accuracy"]["value"] < 0.6
    assert abs(report["leaky"]["n"] - report["honest"]["n"]) <= 6
    assert "patients on both sides: 0" in sentences(report)


def test_multilabel_recipes_are_refused(noise, tmp_path):
    with pytest.raises(DataError, match="one class"):
        leakage_demo(load_recipe("calcifications-resnet34"), noise, tmp_path)
