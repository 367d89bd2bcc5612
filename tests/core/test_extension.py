"""A new perturbation, filter, label space, architecture and metric leave every shipped checkpoint readable."""

import numpy as np
import pytest

from core import labels
from core.evaluation import report as reports
from core.evaluation.evaluation_report import load_report
from core.evaluation.export import html_of
from core.evaluation.metrics import headline, robustness
from core.evaluation.pdf import pdf_of
from core.evaluation.probes import perturbation_sweep
from core.evaluation.report_text import table_of
from core.folders import checkpoints_folder
from core.imaging import filters
from core.inference.perturbations import Perturbation
from core.labels import LabelSpace
from core.models import architectures
from core.models.card import list_cards, read_card

SHIPPED = sorted(p.parent for p in checkpoints_folder().glob("*/card.json"))


@pytest.fixture
def extended(monkeypatch):
    """One more of each kind, as a newer version would have it."""
    tilted = Perturbation("tilted 20°", lambda grid: np.roll(grid, 3, 1))
    filtered = Perturbation("filter median", lambda grid: grid)
    for module in (perturbation_sweep, robustness):
        monkeypatch.setattr(module, "LARGE", (*module.LARGE, tilted, filtered))
    for module in (filters, robustness):
        monkeypatch.setattr(module, "FILTERS", (*module.FILTERS, "median"))
    monkeypatch.setitem(labels.SPACES, "bilateral", LabelSpace(name="bilateral", classes=("left", "right"), positive="left"))
    monkeypatch.setitem(architectures.ARCHITECTURES, "tiny", next(iter(architectures.ARCHITECTURES.values())))
    monkeypatch.setitem(headline.DECIDED, "prevalence_called", lambda r: r.bootstrap.mean(r.decision))


@pytest.mark.parametrize("folder", SHIPPED, ids=lambda p: p.name)
def test_every_shipped_report_is_read_made_again_and_rendered(extended, folder):
    saved = load_report(folder)
    assert "prevalence_called" not in saved.metrics
    made = reports.read_report(folder)
    assert made.metrics["prevalence_called"].value is not None
    if saved.robustness is not None:  # what was measured before lacks the new ones, and says so
        assert "tilted 20°" in made.notes[0]
        assert "filter median" in made.notes[0]
    assert {k: made.metrics[k] for k in saved.metrics} == saved.metrics
    for report in (saved, made):
        assert report.checkpoint in table_of(report)["checkpoint"].to_numpy()
        assert html_of(report).startswith("<!doctype html>")
        assert pdf_of(report).startswith(b"%PDF")
    assert "prevalence called" in html_of(made)


def test_every_shipped_card_is_listed(extended):
    assert {c.name for c in list_cards()} == {read_card(f).name for f in SHIPPED}
