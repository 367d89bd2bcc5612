"""One decision rule a report: at any threshold JSON, HTML, PDF, table and the images behind a cell count alike."""

import dataclasses
import io
import re

import pytest
from pypdf import PdfReader

from core.evaluation.evaluation_report import EvaluationReport
from core.evaluation.export import html_of
from core.evaluation.pdf import pdf_of
from core.evaluation.predictions import ClassPredictions, predictions_of
from core.evaluation.probes.perturbation_sweep import read_sweep
from core.evaluation.report import Header, at_threshold, read_report, report_of
from core.evaluation.report_images import cases_of
from core.evaluation.report_text import ARGMAX, operating_point, table_of
from core.folders import checkpoints_folder
from core.models.card import read_card

THRESHOLDS = (0.05, 0.3, 0.5, 0.7, 0.95)


@pytest.fixture(scope="module", params=["roboflow-tumour", "mias-triage"])
def checkpoint(request):
    """(card, saved report, test predictions, sweep, images) of a checkpoint of two classes, and of three."""
    folder = checkpoints_folder() / request.param
    card = read_card(folder)
    return card, read_report(folder), predictions_of(folder, card, "test"), read_sweep(folder), cases_of(folder, card)


@pytest.mark.parametrize("threshold", THRESHOLDS)
def test_every_form_of_a_report_counts_alike(checkpoint, threshold):
    _, saved, test, sweep, images = checkpoint
    report = at_threshold(saved, test, threshold, "chosen", sweep=sweep)
    called, positive = images["score"] >= threshold, images["positive"]
    tp, fp, fn, tn = (int(x.sum()) for x in (called & positive, called & ~positive, ~called & positive, ~called & ~positive))
    assert report.confusion.counts == ((tn, fp), (fn, tp))
    assert EvaluationReport.model_validate_json(report.model_dump_json()) == report
    said = f"{tp} true positives, {fn} false negatives, {fp} false positives, {tn} true negatives"
    assert said in operating_point(report)
    html, pdf = html_of(report), " ".join(" ".join(p.extract_text() for p in PdfReader(io.BytesIO(pdf_of(report))).pages).split())
    assert said in html
    assert said in pdf
    table = table_of(report).set_index(["group", "name"])["value"]
    recall = tp / (tp + fn)
    assert report.metrics["sensitivity"].value == pytest.approx(recall)
    assert table["Headline metrics", "sensitivity"] == pytest.approx(recall)
    assert table[f"Class {report.label_space.positive}", "recall"] == pytest.approx(recall)
    assert report.by_level[0].sensitivity == report.metrics["sensitivity"]
    assert report.metrics["accuracy"].value == pytest.approx((tp + tn) / len(images))
    assert report.selective_prediction.error_rate[0] == pytest.approx((fp + fn) / len(images))
    for text in (f"<td>Sensitivity</td><td>{recall:.3f}</td>", f"<td>{tn}</td><td>{fp}</td>", f"<td>{fn}</td><td>{tp}</td>"):
        assert text in html
    assert re.search(rf"Sensitivity {recall:.3f}", pdf)


@pytest.mark.parametrize("threshold", THRESHOLDS)
def test_another_threshold_is_the_report_that_is_made_at_it(twelve, header, threshold):
    test = report_of(twelve, header)
    predictions = dataclasses.replace(header, threshold=threshold, threshold_rule="chosen")
    moved = at_threshold(test, ClassPredictions.of(twelve, header.label_space, 1.0, 0.5), threshold, "chosen")
    assert moved == report_of(twelve, predictions)


def test_the_cards_own_threshold_changes_nothing(checkpoint):
    card, saved, test, sweep, _ = checkpoint
    assert at_threshold(saved, test, card.threshold, card.threshold_rule, sweep=sweep) == saved
    assert Header.from_card(card).threshold == saved.threshold


def test_argmax_is_named_and_only_for_more_than_two_classes(checkpoint):
    _, saved, *_ = checkpoint
    many = len(saved.label_space.classes) > 2
    assert (saved.argmax is not None) == many
    assert (ARGMAX in html_of(saved)) == many
    assert any(ARGMAX in group for group in table_of(saved)["group"]) == many
