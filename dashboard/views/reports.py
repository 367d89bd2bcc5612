"""Reports: everything from report.json and history.csv; one checkpoint, or several together. The address tells which."""

import pandas as pd
import streamlit as st

from core.errors import SecondReaderError
from core.folders import checkpoints_folder
from dashboard import phrases
from dashboard.cache import checkpoints, datasets
from dashboard.figures import evaluation, training
from dashboard.figures.style import static_chart
from dashboard.reports import probes
from dashboard.reports.comparison import overview, paired
from dashboard.reports.gallery import matrix
from dashboard.reports.operating_point import console
from dashboard.reports.sections import details

HEADLINE = ("auroc", "balanced_accuracy", "sensitivity", "specificity")
CURVES = ("loss", "accuracy", "precision", "recall")


def _headline(report):
    with st.container(horizontal=True):
        for name in HEADLINE:
            e = report.metrics[name]
            value = phrases.UNDEFINED if e.value is None else f"{e.value:.2f}"
            spread = f"{e.interval()}, n {e.n}"
            st.metric(phrases.METRICS[name], value, spread, delta_color="off", delta_arrow="off", border=True, help=e.undefined or e.method)
    rows = [
        {
            "measure": phrases.METRICS.get(k, k),
            "value": e.value,
            "95 % interval": e.interval(),
            "images": e.n,
            "patients": e.n_patients,
        }
        for k, e in report.metrics.items()
    ]
    base = report.majority_baseline
    rows.append(
        {
            "measure": "Majority baseline (accuracy)",
            "value": base.value,
            "95 % interval": base.interval(),
            "images": base.n,
            "patients": base.n_patients,
        }
    )
    st.dataframe(
        pd.DataFrame(rows), hide_index=True, height="content", column_config={"value": st.column_config.NumberColumn(format="%.3f")}
    )


def _classes(report):
    rows = [
        {
            "class": c.label,
            "precision": c.precision.text(),
            "recall": c.recall.text(),
            "F1": c.f1.text(),
            "AUROC": c.auroc.text(),
            "support": c.support,
        }
        for c in report.per_class
    ]
    st.dataframe(pd.DataFrame(rows), hide_index=True, height="content")


def _confusion(report, card, key, other):
    matrix(report, card, key, other)
    (tn, fp), (fn, tp) = report.confusion_at_threshold.counts
    positive = report.label_space.positive
    st.caption(
        f"At the threshold {report.threshold:.2f}: of {tp + fn} images that show {positive}, {tp} were called positive "
        f"and {fn} were not; of the other {tn + fp}, {fp} were called positive."
    )
    for group in report.grouped:
        st.caption(group.text)
    for note in report.notes:
        st.caption(note)


def _calibration(card, key):
    try:
        found, before = checkpoints.reliability(card), checkpoints.reliability(card, 1.0)
    except SecondReaderError as e:
        st.info(str(e), icon=":material/info:")
        return
    static_chart(evaluation.reliability(found.bins, before.bins), key=f"reliability_{key}", alt="Reliability diagram")
    st.caption(found.sentence)
    st.caption(f"Before the temperature {card.temperature:.2f}, fitted on validation (dotted): {before.sentence}")


def _curves(name, key):
    history = datasets.run_history(checkpoints_folder() / name)
    if history is None:
        st.caption("No training curves were kept.")
        return
    columns = st.columns(2)
    for n, column in enumerate(CURVES):
        with columns[n % 2]:
            static_chart(training.curve(history, column), key=f"curve_{column}_{key}", alt=f"{column} by epoch")


def _report(name, key, other=None):
    try:
        report = checkpoints.report(name)
    except SecondReaderError as e:
        st.error(str(e))
        return
    if report is None:
        st.info("This checkpoint has no report.json. Evaluate it again.", icon=":material/info:")
        return
    st.subheader(report.title, anchor=False)
    if report.synthetic:
        st.caption(phrases.SYNTHETIC + " A check of the software, no evidence.")
    if report.waiver:
        st.warning("Leakage between splits was waived for this checkpoint. The reason given:", icon=":material/warning:")
        st.text(report.waiver)
    st.caption(
        f"Test: {report.test.images} images of {report.test.patients} patients; "
        f"thresholds and temperature from {report.validation.images} validation images of {report.validation.patients} other patients. "
        f"Split {report.split_sha256[:12]}. "
        f"Prevalence {report.prevalence.text()}."
    )
    _headline(report)
    st.markdown("##### Confusion matrix and ROC")
    cards = {c.name: c for c in checkpoints.cards()}
    card = cards.get(name)
    _confusion(report, card, key, cards.get(other))
    st.markdown("##### Each class")
    _classes(report)
    if report.localisation:
        st.markdown("##### Does the heatmap point at the lesion?")
        st.text(report.localisation.text)
    with st.expander("Does the score mean what it says?"):
        if card is not None:
            _calibration(card, key)
    with st.expander("What another threshold would do"):
        if card is not None:
            console(card, key)
    details(report, card, key)
    probes.show(report, key)
    st.markdown("##### Training")
    _curves(name, key)


names = [c.name for c in checkpoints.cards()]
if not names:
    st.subheader("Reports")
    st.info(phrases.EMPTY_REPORTS, icon=":material/monitoring:")
    st.stop()
# By hand: a widget that Streamlit binds to the address forbids the change of page with which an image opens in Read.
asked = st.query_params.get("report")
with st.container(horizontal=True, vertical_alignment="bottom"):
    first = st.selectbox("Checkpoint", names, names.index(asked) if asked in names else 0, key="report", width=300)
    others = [n for n in names if n != first]
    start = [n for n in st.query_params.get_all("beside") if n in others]
    beside = st.multiselect("together with", others, start, key="beside", width=500)
beside = [n for n in beside if n != first]
st.query_params.from_dict({"report": first, "beside": beside})
if not beside:
    _report(first, "a")
else:
    overview({n: r for n in (first, *beside) if (r := checkpoints.report(n)) is not None})
    for name in beside:
        paired(first, name)
    if len(beside) == 1:
        left, right = st.columns(2, gap="large")
        with left:
            _report(first, "a", beside[0])
        with right:
            _report(beside[0], "b", first)
    else:
        st.caption("Choose one alone to see its whole report, or two to see them side by side.")
