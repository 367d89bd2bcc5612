"""A training on the page: progress and curves while it runs, where it stopped, and at its end the report and the promotion."""

from typing import TYPE_CHECKING

import streamlit as st

from core.errors import SecondReaderError, of_os_error
from core.folders import runs_folder
from core.training import promotion, runs
from dashboard.data.access import on_loopback
from dashboard.figures.style import static_chart
from dashboard.figures.training import curves
from dashboard.phrases import train as text

if TYPE_CHECKING:
    from core.models.card import Card

REFRESH = 2  # seconds
LOG_LINES = 12
CURVES = ("loss", "auroc")


def panel(run: runs.Run) -> None:
    """Draw it; a running one draws itself again every two seconds, and the page once it has ended."""
    st.fragment(_panel, run_every=REFRESH if run.state == "running" else None)(run.name, run.state)


def _panel(name: str, drawn: runs.State) -> None:
    run = runs.find_run(runs_folder() / name)
    if run is None or run.state != drawn:
        st.rerun()
    st.markdown(f"##### {run.name} :gray-badge[{text.STATES[run.state]}]")
    {"running": _running, "stopped": _stopped, "failed": _failed, "complete": _complete}[run.state](run)
    history = runs.read_history(run.folder)
    if history is not None:
        for place, column in zip(st.columns(len(CURVES)), CURVES, strict=True):
            with place:
                static_chart(curves({run.name: history}, column), f"run_{column}", text.CURVE_ALT.format(column=column, name=run.name))
    if lines := runs.log_tail(run.folder, LOG_LINES):
        with st.expander(text.LOG):
            st.code("\n".join(lines), language=None, wrap_lines=True)


def _running(run: runs.Run) -> None:
    if run.attempt is None:
        return
    epochs, left = run.attempt.epochs, text.duration(runs.seconds_left(run))
    words = text.PROGRESS.format(done=run.epochs, epochs=epochs, left=left) if run.epochs else text.PREPARING
    st.progress(min(1.0, run.epochs / epochs), words)
    if on_loopback() and st.button(text.STOP, key="train_stop", icon=":material/stop:"):
        runs.stop(run)
        st.rerun()


def _stopped(run: runs.Run) -> None:
    epochs = run.attempt.epochs if run.attempt else 0
    st.warning(text.STOPPED.format(done=run.epochs, epochs=epochs) if run.epochs else text.STOPPED_EARLY, icon=":material/pause:")
    _resume(run, text.RESUME)


def _failed(run: runs.Run) -> None:
    st.error(run.attempt.problem if run.attempt and run.attempt.problem else text.STATES["failed"], icon=":material/error:")
    _resume(run, text.AGAIN)


def _resume(run: runs.Run, label: str) -> None:
    if not on_loopback():
        st.info(text.NOT_LOOPBACK, icon=":material/lock:")
        return
    waiver = None
    if run.state == "failed":
        waiver = st.text_input(text.WAIVE_AUDIT, key=f"again_waiver_{run.name}", help=text.WAIVE_AUDIT_HELP, max_chars=300).strip() or None
    busy = next((r for r in runs.list_runs() if r.state == "running"), None)
    if busy is not None:
        st.caption(text.BUSY.format(name=busy.name))
    if st.button(label, key="train_resume", icon=":material/play_arrow:", disabled=busy is not None):
        runs.resume(run, waiver)
        st.rerun()


def _complete(run: runs.Run) -> None:
    from core.evaluation.evaluation_report import load_report
    from core.evaluation.export import html_of
    from core.models.card import read_card

    try:
        card, report, problems = read_card(run.folder), load_report(run.folder), promotion.problems(run.folder)
    except SecondReaderError as e:
        st.error(str(e), icon=":material/error:")
        return
    _headline(run, card)
    if report is not None:
        file = f"{run.name}-report-research-use-only.html"
        st.download_button(text.REPORT, html_of(report), file, "text/html", on_click="ignore", key="run_report")
    if problems:
        st.error(f"### {text.PROBLEM_TITLE}", icon=":material/warning:")
        for sentence in problems:
            st.markdown(f"#### :red[{sentence}]")
    _promotion(run, card, bool(problems))


def _headline(run: runs.Run, card: "Card") -> None:
    n = {"images": card.data.images.get("test", 0), "patients": card.data.patients.get("test", 0)}
    found = {"auroc": card.metrics["auroc"].text(), "baseline": card.majority_baseline.text()}
    st.text(text.COMPLETE.format(done=run.epochs, **n, **found))


def _promotion(run: runs.Run, card: "Card", waived: bool) -> None:
    if not on_loopback():
        st.info(text.NOT_LOOPBACK, icon=":material/lock:")
        return
    left, middle, right = st.columns([2, 3, 2], vertical_alignment="bottom")
    name = left.text_input(text.PROMOTE_NAME, card.name, key=f"promote_name_{run.name}", help=text.NAME_HELP, max_chars=60)
    reason = middle.text_input(text.WAIVE, key=f"promote_waiver_{run.name}", help=text.WAIVE_HELP, max_chars=300) if waived else ""
    if right.button(text.PROMOTE, key="promote", icon=":material/publish:", disabled=waived and not reason.strip()):
        try:
            target = promotion.promote(run.folder, name, waiver=reason.strip() or None)
        except SecondReaderError as e:
            st.error(str(e), icon=":material/error:")
        except OSError as e:
            st.error(str(of_os_error(e)), icon=":material/error:")
        else:
            st.success(text.PROMOTED.format(name=target.name), icon=":material/check:")
            st.page_link("views/models.py")
