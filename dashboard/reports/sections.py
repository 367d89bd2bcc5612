"""Parts of a report page that open on demand: agreement, levels, subgroups, doubt, and the report as a file."""

from dataclasses import asdict
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from dashboard import phrases
from dashboard.cache import checkpoints
from dashboard.figures import evaluation
from dashboard.figures.style import static_chart
from dashboard.read import report_text

if TYPE_CHECKING:
    from core.evaluation.evaluation_report import EvaluationReport, Multilabel
    from core.evaluation.resolution_report import ResolutionReport


def details(report: "EvaluationReport", card, key: str) -> None:
    """The sections, closed at first."""
    for sentence in report.summary[:4]:
        st.text(sentence)
    with st.expander("Agreement, and areas over classes"):
        rows = [{"measure": phrases.METRICS.get(k, k), "value": e.text()} for k, e in report.agreement.items()]
        st.dataframe(pd.DataFrame(rows), hide_index=True, height="content")
        for name, b in report.analytic_intervals.items():
            st.caption(f"{phrases.METRICS.get(name, name)} by formula ({b.method}): {b.low:.2f} to {b.high:.2f}; {b.note}.")
    if report.multilabel is not None:
        with st.expander("Labels that may coincide"):
            _labels(report.multilabel)
    if card is not None and (joined := checkpoints.beside(card, "fusion.json")) is not None:
        with st.expander("Together with notes"):
            report_text.evidence(joined)
    if card is not None and (downsampled := checkpoints.resolution(card)) is not None:
        with st.expander("At a coarser resolution"):
            _resolution(downsampled)
    with st.expander("By image, breast and patient"):
        rows = []
        for x in report.by_level:
            figures = {
                phrases.METRICS[k]: e.text() for k, e in zip(phrases.OPERATING, (x.auroc, x.sensitivity, x.specificity), strict=True)
            }
            rows.append({"level": x.level, "score": "–" if x.aggregation == "none" else x.aggregation, "n": x.n, **figures})
        st.dataframe(pd.DataFrame(rows), hide_index=True, height="content")
        st.caption("A breast or a patient is positive where any of its images is; its score is the largest or the mean of theirs.")
    with st.expander("By density, view, side, source, kind and size of the finding"):
        _subgroups(report)
    with st.expander("Doubt: sets of classes, and leaving the doubtful aside"):
        _doubt(report, key)
    with st.expander("What a reader of a study would ask (TRIPOD+AI, CLAIM 2024)"):
        if card is not None:
            from core.evaluation.checklist import checklist

            st.dataframe(pd.DataFrame([asdict(i) for i in checklist(card, report)]), hide_index=True, height=360)
    with st.expander("Save this report"):
        _save(report, key)


def _labels(found: "Multilabel") -> None:
    """Hamming loss, subset accuracy, each label at its own threshold, and which labels occur together."""
    from core.evaluation.metrics.multilabel import DECISION_RULES

    rows = [
        {
            "answers": text,
            phrases.METRICS["hamming_loss"]: found.hamming_loss[rule].text(3),
            phrases.METRICS["subset_accuracy"]: found.subset_accuracy[rule].text(3),
        }
        for rule, text in DECISION_RULES.items()
    ]
    st.dataframe(pd.DataFrame(rows), hide_index=True, height="content")
    common = ", ".join(found.most_frequent_set) or "no label at all"
    st.caption(f"{phrases.HAMMING_HELP} The most frequent set of the test part: {common}.")
    rows = [
        {
            "label": x.label,
            "threshold": f"{x.threshold:.3f}",
            phrases.METRICS["sensitivity"]: x.sensitivity.text(),
            phrases.METRICS["specificity"]: x.specificity.text(),
            phrases.METRICS["precision"]: x.precision.text(),
            "validation images with it": f"{x.n_validation_positive} of {x.n_validation}",
        }
        for x in found.labels
    ]
    st.dataframe(pd.DataFrame(rows), hide_index=True, height="content")
    st.caption("Each threshold was chosen on the validation part alone (Youden), the rates are the test part's.")
    pairs = found.co_occurrence
    for counts, title in (
        (pairs.true, "Images that bear both labels"),
        (pairs.predicted, "Images that bear the row's label and were called the column's"),
    ):
        st.text(title)
        st.dataframe(pd.DataFrame(counts, pairs.labels, pairs.labels), height="content")


def _resolution(found: "ResolutionReport") -> None:
    """AUROC and rates by micrometres a pixel."""
    rows = [
        {
            "detail": f"{x.size[0]} × {x.size[1]} pixels",
            "µm a pixel": f"{x.microns:.0f}" if x.microns else "unknown",
            **{phrases.METRICS[k]: e.text() for k, e in zip(phrases.OPERATING, (x.auroc, x.sensitivity, x.specificity), strict=True)},
            "AUROC less the first": x.difference.text() if x.difference else "–",
            **{f"AUROC {c}": e.text() for c, e in x.by_class.items()},
        }
        for x in found.levels
    ]
    st.dataframe(pd.DataFrame(rows), hide_index=True, height="content")
    whose = "of the test part" if found.split == "test" else "that it had never seen"
    st.caption(f"{found.n} images of {found.n_patients} patients {whose}. {phrases.COARSER}")


def _subgroups(report: "EvaluationReport") -> None:
    if not report.subgroups:
        st.caption("The source tells neither density, view nor side of its images, or has one value of each only.")
        return
    rows = [
        {
            "by": x.stratum,
            "group": x.value,
            "images": x.n,
            "patients": x.n_patients,
            "positive": x.n_positive,
            "AUROC": x.auroc.text(),
            "sensitivity": x.sensitivity.text(),
            "warning": x.warning,
        }
        for x in report.subgroups
    ]
    st.dataframe(pd.DataFrame(rows), hide_index=True, height="content")
    st.caption("By finding and size: the images with it against all images without the positive class.")


def _doubt(report: "EvaluationReport", key: str) -> None:
    found = report.conformal
    if found:
        st.text(
            f"Sets of classes that promise to hold the true one in {1 - found.alpha:.0%} of new images, the bar set on "
            f"{found.n_validation} validation images. On the test part they held it in {found.coverage.text()}; "
            f"mean size {found.mean_size:.2f} classes."
        )
        rows = [{"class": c, "in its set": e.text()} for c, e in found.by_class.items()]
        st.dataframe(pd.DataFrame(rows), hide_index=True, height="content")
        st.caption("Images by size of their set: " + ", ".join(f"{k}: {n}" for k, n in found.set_sizes.items()))
    risk = report.selective_prediction
    figure = evaluation.risk(risk.coverage, risk.error_rate)
    static_chart(figure, key=f"risk_{key}", alt="Error rate by share of images that are kept")
    st.caption(f"The images nearest to the threshold are left aside first. Mean error over all shares {risk.aurc:.3f}.")


def _save(report: "EvaluationReport", key: str) -> None:
    from core.evaluation.export import html_of
    from core.evaluation.pdf import pdf_of
    from core.evaluation.report_text import table_of
    from core.files import csv_text

    name = f"{report.checkpoint}-report-research-use-only"
    kinds = {  # made when asked for
        "pdf": (lambda: pdf_of(report), "application/pdf"),
        "html": (lambda: html_of(report), "text/html"),
        "csv": (lambda: csv_text(table_of(report)), "text/csv"),
        "json": (lambda: report.model_dump_json(indent=2), "application/json"),
    }
    with st.container(horizontal=True):
        for kind, (make, mime) in kinds.items():
            how = {"icon": ":material/download:", "key": f"{kind}_{key}", "on_click": "ignore"}
            st.download_button(kind.upper(), make, f"{name}.{kind}", mime, **how)
