"""A checkpoint with a known card and report, and a Predictor with known answers: the pages are tested without torch."""

import json
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from core.datasets.phantom import dicom_bytes, draw, plan_exam
from core.imaging.input import InputSpec
from core.inference.calibration import probabilities
from core.inference.environment import Environment
from core.inference.saliency import Saliency
from core.labels import TRIAGE
from core.models.card import Card, DataUse, Estimate, Weights, write_card
from dashboard import warm_up
from dashboard.cache import predictions
from dashboard.cache.background import worker

MAIN = Path(__file__).resolve().parents[2] / "dashboard" / "main.py"
N = {"train": 40, "validation": 12, "test": 12}


def make_card(name="phantom-triage", synthetic=True):
    """A valid card."""
    auroc = Estimate(value=0.9, low=0.8, high=0.97, method="bootstrap", n=12, n_patients=6)
    return Card(
        name=name,
        title=f"Test model {name}",
        summary="For tests.",
        architecture="resnet18",
        dropout=0.0,
        label_space=TRIAGE,
        input=InputSpec(size=(64, 48)),
        temperature=1.0,
        threshold=0.4,
        threshold_rule="Youden on validation",
        data=DataUse(
            sources=("phantom",),
            terms="CC0",
            synthetic=synthetic,
            manifest_sha256="0",
            split_sha256="1" * 64,
            images=N,
            patients=N,
            classes={},
        ),
        metrics={"auroc": auroc},
        majority_baseline=auroc,
        intended_use="tests",
        limits=("small",),
        licence="CC0",
        weights=Weights(sha256="0" * 64, signature="", parameters=1),
        initial_weights="random",
        versions={},
        created="2026-01-01",
        recipe={},
    )


SCORES = {"none": 0.7, "gaussian": 0.6, "mean": 0.5, "laplacian": 0.2, "clahe": 0.1}


class FakeReader:
    """Answers that depend on the filter alone; heat in one corner of the grid, none for "benign"."""

    def __init__(self, card):
        self.card = card

    def check(self, scan):
        """Every domain is welcome."""

    def logits(self, batch):
        """The brighter the image, the more it is called malignant."""
        return np.stack([np.zeros(len(batch)), np.zeros(len(batch)), batch.mean((1, 2, 3))], 1)

    def scores(self, batch):
        return TRIAGE.positive_score(probabilities(self.logits(batch), TRIAGE))

    def predict_and_explain(self, scan, *, input):
        return self._answer(scan, input, SCORES[input.filter], input.filter != "none")

    def predict_grid(self, scan, change):
        """The score is the brightness of a grey image after the change, at most 1."""
        grey = change(np.full(self.card.input.size, 0.25, np.float32))
        return self._answer(scan, self.card.input, float(grey.mean()), True)

    def _answer(self, scan, input, score, input_overridden):
        prediction = SimpleNamespace(
            scan_sha256=scan.sha256,
            checkpoint=self.card.name,
            probabilities={"normal": (1 - score) / 2, "benign": (1 - score) / 2, "malignant": score},
            score=score,
            threshold=self.card.threshold,
            decision="positive" if score >= self.card.threshold else "negative",
            logits=(0.0, 0.0, 1.0),
            microns=None,
            notes=(),
            input=input,
            heatmaps=3,
            environment=Environment("cpu", "a processor", "float32", 1, {"torch": "2"}),
            at=datetime(2026, 11, 21, 12, 0),
            input_overridden=input_overridden,
            milliseconds=12.0,
        )
        _, geometry = input.grid(scan)
        raw = np.zeros((8, 6), np.float32)
        raw[2, 1] = score
        place = (geometry.grid[0] / 8, 0.0, geometry)
        maps = {c: Saliency(scan.sha256, self.card.name, c, "Grad-CAM", "layer4", raw * (c != "benign"), *place) for c in TRIAGE.classes}
        return prediction, maps


@pytest.fixture
def app(tmp_path, monkeypatch):
    """The app on a folder with one phantom checkpoint, its model replaced by FakeReader."""
    st.cache_data.clear()
    monkeypatch.setenv("SECOND_READER_CHECKPOINTS", str(tmp_path))
    monkeypatch.setenv("SECOND_READER_SAVED", str(tmp_path / "saved"))
    write_card(tmp_path / "phantom-triage", make_card())
    monkeypatch.setattr(predictions, "predictor", lambda chosen: FakeReader(chosen.card))
    monkeypatch.setattr(warm_up, "start", lambda: None)
    monkeypatch.setattr(worker, "request", lambda jobs: [worker.finish(key, work) for key, work in jobs.items()])
    worker.forget()
    yield AppTest.from_file(MAIN, default_timeout=60).run()
    st.cache_data.clear()


@pytest.fixture
def menu():
    """Chooses from the menu of the open exam, together with what else was set or clicked: AppTest does not know such menus."""

    def choose(app, option):
        states = app._tree.get_widget_states()
        (button,) = app.get("menu_button")
        states.widgets.add(id=button.proto.id).string_trigger_value.data = option
        return app._run(states)

    return choose


@pytest.fixture(scope="session")
def phantom():
    """Bytes of a small right MLO phantom."""
    return dicom_bytes(draw(plan_exam(4, 2), "R", "MLO", "small"))


@pytest.fixture
def report(tmp_path):
    """A report.json and history.csv beside the card, with numbers that are easy to find again."""
    estimate = {"value": 0.811, "low": 0.7, "high": 0.9, "method": "bootstrap", "n": 12, "n_patients": 6, "undefined": None}
    nothing = estimate | {"value": None, "low": None, "high": None, "undefined": "no positive image"}
    names = ("auroc", "average_precision", "accuracy", "balanced_accuracy", "f1_macro")
    names += ("sensitivity", "specificity", "precision", "npv", "brier")
    size = {"images": 3, "patients": 2}
    rates = dict.fromkeys(("auroc", "sensitivity", "specificity"), estimate)
    errors = {"ece": estimate, "brier": estimate, "brier_decomposition": {"reliability": 0.1, "resolution": 0.1, "uncertainty": 0.2}}
    localisation = dict.fromkeys(("hit", "random", "centre", "difference_random", "difference_centre"), estimate)
    value = {
        "schema_version": 3,
        "checkpoint": "phantom-triage",
        "title": "Test model",
        "synthetic": True,
        "label_space": TRIAGE.model_dump(mode="json"),
        "split_sha256": "1" * 64,
        "waiver": None,
        "split": "test",
        "temperature": 1.0,
        "threshold": 0.4,
        "threshold_rule": "Youden",
        "test": size,
        "validation": size,
        "prevalence": estimate,
        "majority_baseline": estimate,
        "metrics": {n: estimate for n in names} | {"npv": nothing},
        "per_class": [
            {"label": c, "precision": estimate, "recall": estimate, "f1": estimate, "support": n, "auroc": nothing}
            for c, n in (("not malignant", 8), ("malignant", 4))
        ],
        "confusion": {"classes": ["not malignant", "malignant"], "counts": [[7, 1], [1, 3]]},
        "argmax": {
            "metrics": {"accuracy": estimate, "mcc": estimate, "quadratic_kappa": nothing},
            "majority_baseline": estimate,
            "confusion": {"classes": list(TRIAGE.classes), "counts": [[3, 1, 0], [1, 2, 1], [0, 1, 3]]},
            "per_class": [
                {"label": c, "precision": estimate, "recall": estimate, "f1": estimate, "support": 4, "auroc": nothing}
                for c in TRIAGE.classes
            ],
            "predicted_counts": {"normal": 4, "benign": 4, "malignant": 4},
            "summary": ["Of 4 images of malignant, 1 were called benign (25 %, 95 % interval 5 % to 70 %)."],
            "grouped": [],
        },
        "roc_curves": [{"label": "malignant", "fpr": [0, 0.1, 1], "tpr": [0, 0.8, 1], "auroc": estimate}],
        "analytic_intervals": {"auroc": {"method": "DeLong", "low": 0.69, "high": 0.91, "note": "ignores patients"}},
        "agreement": {"mcc": estimate, "cohen_kappa": nothing},
        "by_level": [{"level": "patient", "aggregation": "max", "n": 2, **rates}],
        "subgroups": [
            {
                "stratum": "density",
                "value": "d",
                "n": 5,
                "n_patients": 3,
                "n_positive": 2,
                "auroc": nothing,
                "sensitivity": estimate,
                "warning": "fewer than 30 images",
            }
        ],
        "conformal": {
            "alpha": 0.1,
            "probability_threshold": 0.2,
            "n_validation": 12,
            "coverage": estimate,
            "by_class": dict.fromkeys(TRIAGE.classes, estimate),
            "set_sizes": {"0": 0, "1": 6, "2": 4, "3": 2},
            "mean_size": 1.67,
        },
        "selective_prediction": {"coverage": [1.0, 0.5], "n": [12, 6], "error_rate": [0.2, 0.1], "aurc": 0.12},
        "summary": ["Of 4 images of malignant, 1 were called not malignant (25 %, 95 % interval 5 % to 70 %)."],
        "localisation": {
            "method": "Grad-CAM",
            "label": "malignant",
            "n": 10,
            "n_not_called": 2,
            **localisation,
            "text": "The peak lay inside the lesion in 7 of 10.",
        },
        "calibration": {"temperature": 1.0, "binning": "10 bins of equal counts", "before": errors, "after": errors},
        "robustness": [
            {
                "perturbation": "noise",
                "auroc": estimate,
                "difference": estimate | {"value": -0.123, "low": -0.2, "high": -0.05},
                "decision_changes": estimate,
            }
        ],
        "stability": [
            {"source": "small perturbations", "median": 0.031, "p90": 0.2, "error_auroc": estimate, "distance_auroc": nothing},
            {"source": "dropout", "undefined": "the head has no dropout"},
        ],
        "heatmaps": {
            "label": "malignant",
            "n": 4,
            "rows": [
                {"method": m, "subset": s, "n": 4, **dict.fromkeys(("pointing", "energy", "iou"), estimate)}
                for s in ("all", "called positive")
                for m in ("Grad-CAM", "random point", "disc in the centre")
            ],
        },
        "faithfulness": {
            "n": 3,
            "n_patients": 3,
            "randomised": [{"part": "head", "similarity": estimate}],
            "curves": {
                "shares": [0, 1],
                "deletion": [0.9, 0.1],
                "insertion": [0.1, 0.9],
                "deletion_random": [0.9, 0.1],
                "insertion_random": [0.1, 0.9],
            },
            "deletion": estimate | {"value": -0.21},
            "insertion": nothing,
        },
        "shortcuts": [
            {"attribute": "source", "value": "x", "n": 12, "auroc": estimate},
            {"attribute": "view", "undefined": "unknown in this source"},
        ],
    }
    folder = tmp_path / "phantom-triage"
    folder.mkdir(exist_ok=True)
    (folder / "report.json").write_text(json.dumps(value))
    logits = {"normal": "2,0,0", "benign": "0,2,0", "malignant": "0,0,3"}
    head = "sha256,case,patient,split,source,view,laterality,density,finding,size,label,logit_normal,logit_benign,logit_malignant"
    cases = [
        f"{s}{i},seed4/exam{i + 1}/R_MLO,{s}p{i // 2},{s},x,,,{'cd'[i % 2]},,,{c},{z}"
        for s in ("validation", "test")
        for i, (c, z) in enumerate(logits.items())
    ]
    (folder / "predictions.csv").write_text("\n".join([head, *cases]) + "\n")
    rows = [f"{e},{s},0.5,0.6,0.5,0.5,0.7,0.001,3" for e in (1, 2) for s in ("train", "validation")]
    (folder / "history.csv").write_text("\n".join(["epoch,split,loss,accuracy,precision,recall,auroc,lr,seconds", *rows]))
    return value
