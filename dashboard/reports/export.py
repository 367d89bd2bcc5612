"""The report as PDF, HTML, CSV and JSON, at the operating point that the page shows."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import streamlit as st

from core.models.card import Card
from dashboard.phrases import reports as text

if TYPE_CHECKING:
    from core.evaluation.evaluation_report import EvaluationReport


def export(complete: "Callable[[], EvaluationReport]", shown: "EvaluationReport", card: Card) -> None:
    """Draw the menu; a file is made when it is requested, from the `complete` report."""
    from core.evaluation.export import html_of
    from core.evaluation.pdf import pdf_of
    from core.evaluation.report_text import table_of
    from core.files import csv_text

    point = "" if shown.threshold == card.threshold else f"-at-{shown.threshold:.3f}"
    name = f"{shown.checkpoint}-report{point}-research-use-only"
    makers: dict[str, tuple[Callable[[], str | bytes], str]] = {
        "pdf": (lambda: pdf_of(complete()), "application/pdf"),
        "html": (lambda: html_of(complete()), "text/html"),
        "csv": (lambda: csv_text(table_of(complete())), "text/csv"),
        "json": (lambda: complete().model_dump_json(indent=2), "application/json"),
    }
    with st.popover(text.EXPORT, icon=":material/download:"):
        for kind, (make, mime) in makers.items():
            st.download_button(kind.upper(), make, f"{name}.{kind}", mime, key=f"{kind}_{card.name}", on_click="ignore", width="stretch")
