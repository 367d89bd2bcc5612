"""The seeds' recipes run, whole, on folders as their users download them: the fifth one's CBIS-DDSM, the third one's eight folders."""

import cv2
import numpy as np
import pandas as pd
import pytest

from core.errors import DataError
from core.labels import DENSITY8
from core.models.card import read_card
from core.training.experiment import train
from core.training.recipe import load_recipe

QUICK = ["pretrained=false", "input.size=[64,48]", "batch_size=8", "epochs=1", "folds=3", "precision=32-true"]
KINDS = {"COARSE": "macro", "PLEOMORPHIC": "micro", "AMORPHOUS": "amorphous", "VASCULAR": "vascular"}
PATIENTS = 30


@pytest.fixture(autouse=True)
def _cache(tmp_path, monkeypatch):
    monkeypatch.setenv("SECOND_READER_CACHE", str(tmp_path / "grids"))


def film(path, seed):
    """A half ellipse of noise on black, 120 × 90: enough of a breast to be cropped."""
    rng, (rows, cols) = np.random.default_rng(seed), np.mgrid[:120, :90]
    breast = ((rows - 60) / 50) ** 2 + (cols / 70) ** 2 < 1
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), np.where(breast, rng.normal(120, 25, breast.shape), 2).clip(0, 255).astype(np.uint8))


@pytest.fixture
def cbis(tmp_path):
    """Kaggle's layout: csv/, jpeg/, dicom_info.csv; one calcification a patient, a quarter of the patients in the official test part."""
    rows, info, words = {"train": [], "test": []}, [], list(KINDS)
    for n in range(PATIENTS):
        part = "test" if n % 4 == 3 else "train"
        name = f"Calc-{part.title().replace('Train', 'Training')}_P_{n:05}_LEFT_CC"
        row = {"patient_id": f"P_{n:05}", "breast density": 2, "left or right breast": "LEFT", "image view": "CC", "abnormality id": 1}
        row |= {"abnormality type": "calcification", "calc type": words[n // 2 % 4], "calc distribution": "CLUSTERED", "assessment": 4}
        row |= {"pathology": "BENIGN", "subtlety": 3, "image file path": f"{name}/1/1/000000.dcm"}
        row |= {"cropped image file path": f"{name}_1/1/1/000001.dcm", "ROI mask file path": f"{name}_1/1/1/000000.dcm"}
        rows[part].append(row)
        film(tmp_path / "data" / "jpeg" / f"1.{n}" / "1-001.jpg", n)
        info.append({"image_path": f"CBIS-DDSM/jpeg/1.{n}/1-001.jpg", "PatientID": name, "SeriesDescription": "full mammogram images"})
    tables = {f"calc_case_description_{part}_set": some for part, some in rows.items()} | {"dicom_info": info}
    (tmp_path / "data" / "csv").mkdir()
    for name, some in tables.items():
        pd.DataFrame(some).to_csv(tmp_path / "data" / "csv" / f"{name}.csv", index=False)
    return tmp_path / "data"


@pytest.mark.parametrize("name", ["calcifications-resnet34", "calcifications4-resnet34"])
def test_calcification_types_of_cbis(cbis, tmp_path, name):
    folder = train(load_recipe(name, QUICK), cbis, tmp_path / "runs", waive="too few patients for the usual checks")
    card, predictions = read_card(folder), pd.read_csv(folder / "predictions.csv")
    assert card.architecture == "resnet34"
    assert card.label_space.classes == tuple(KINDS.values())
    tested = predictions[predictions["split"] == "test"]
    assert len(tested) == card.data.images["test"] == sum(n % 4 == 3 for n in range(PATIENTS))
    assert set(tested["label"]) <= set(KINDS.values())
    assert card.metrics["auroc"].n == len(tested)


def test_density_times_severity_in_its_eight_folders(tmp_path):
    """The names tell no patient, as in the set that is in circulation: refused, unless a reason is given, which the card repeats."""
    data, recipe = tmp_path / "data", load_recipe("density8", QUICK)
    for k, label in enumerate(DENSITY8.classes):
        for n in range(6):
            film(data / label / f"{label} ({n}).png", 100 * k + n)
    with pytest.raises(DataError):
        train(recipe, data, tmp_path / "runs")
    folder = train(recipe, data, tmp_path / "runs", waive="no names in this set")
    card = read_card(folder)
    assert card.label_space.classes == DENSITY8.classes
    assert card.input.filter == "laplacian"
    assert "no names in this set" in card.data.waiver
    history = pd.read_csv(folder / "history.csv")
    assert {"precision", "recall"} <= set(history.columns)
