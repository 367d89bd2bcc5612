"""Description tables of our own in the layout of CBIS-DDSM, and a model trained on them."""

import csv

import numpy as np
import pytest

SHAPES = ("OVAL", "ROUND", "LOBULATED", "IRREGULAR-ARCHITECTURAL_DISTORTION", "IRREGULAR")
MARGINS = ("CIRCUMSCRIBED", "CIRCUMSCRIBED-OBSCURED", "ILL_DEFINED", "SPICULATED", "N/A")


def mass(patient, rng, part):
    """A described mass; spiculated ones are mostly malignant."""
    margin = MARGINS[rng.integers(5)]
    bad = rng.random() < (0.9 if margin == "SPICULATED" else 0.15)
    name = f"Mass-{part}_{patient}_LEFT_CC"
    return {
        "patient_id": patient,
        "breast_density": int(rng.integers(1, 5)),
        "left or right breast": "LEFT",
        "image view": "CC",
        "abnormality id": 1,
        "abnormality type": "mass",
        "mass shape": SHAPES[rng.integers(5)],
        "mass margins": margin,
        "assessment": 5 if bad else 3,
        "pathology": "MALIGNANT" if bad else ("BENIGN", "BENIGN_WITHOUT_CALLBACK")[rng.integers(2)],
        "subtlety": 3,
        "image file path": f"{name}/1/2/000000.dcm",
        "cropped image file path": f"{name}_1/1/2/000000.dcm\n",
    }


def calcification(patient, rng, part):
    """A described group of calcifications."""
    row = {k.replace("breast_density", "breast density"): v for k, v in mass(patient, rng, part).items() if not k.startswith("mass")}
    kind = ("PLEOMORPHIC-FINE_LINEAR_BRANCHING", "LUCENT_CENTERED", "VASCULAR")[rng.integers(3)]
    bad = rng.random() < (0.85 if kind.startswith("P") else 0.1)
    return row | {
        "abnormality type": "calcification",
        "calc type": kind,
        "calc distribution": "CLUSTERED",
        "pathology": "MALIGNANT" if bad else "BENIGN",
        "assessment": 4 + bad,
    }


@pytest.fixture(scope="session")
def tables(tmp_path_factory):
    """Four tables; patient P_00000 stands in the training tables and in a test table."""
    folder, rng = tmp_path_factory.mktemp("csv"), np.random.default_rng(0)
    for make, kind in ((mass, "mass"), (calcification, "calc")):
        for part, name, first, n in (("Training", "train", 0, 300), ("Test", "test", 300, 120)):
            rows = [make(f"P_{(first + i) // 2:05d}", rng, part) for i in range(n)]
            if (kind, name) == ("calc", "test"):
                rows[0]["patient_id"] = "P_00000"
            with open(folder / f"{kind}_case_description_{name}_set.csv", "w", newline="") as f:
                writer = csv.DictWriter(f, rows[0].keys())
                writer.writeheader()
                writer.writerows(rows)
    return folder


@pytest.fixture(scope="session")
def trained(tables, tmp_path_factory):
    """(model, folder) of a pooled training on the descriptors."""
    from core.notes.train import train

    out = tmp_path_factory.mktemp("notes") / "own-notes"
    return train(tables, out), out
