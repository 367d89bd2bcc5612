"""Reading test on synthetic exams with known ground truth, and statistics of all reads of this browser."""

import pandas as pd
import streamlit as st

from core.exams.assessment import read_state
from core.exams.reader_study import StudyCase, StudySummary, summary
from core.files import csv_text
from dashboard.phrases import learn as text
from dashboard.phrases.session import STATES
from dashboard.session import audit, worklist
from dashboard.session.reads import finished, reads
from dashboard.session.samples import draw_sample

TEST = 40  # exams of the reading test


def _reading_test(done: int) -> None:
    st.caption(text.READING_TEST_ABOUT.format(n=TEST))
    st.progress(min(1.0, done / TEST), text.PROGRESS.format(done=min(done, TEST), n=TEST))
    label = text.START if not done else text.NEXT if done < TEST else text.MORE
    if st.button(label, icon=":material/play_arrow:", key="reading_test", width="stretch"):
        audit.record("settings", [], "independent read: always")
        worklist.settings().go_on_tour(None)  # its end would bring the setting of before back
        worklist.settings().independent_read = "always"
        with st.spinner(text.DRAWING):
            worklist.finish(finished())
            draw_sample()
        st.switch_page("views/read.py")


def _metric(label: str, value: str, delta: str, help: str | None = None) -> None:
    st.metric(label, value, delta, delta_color="off", delta_arrow="off", border=True, help=help)


def _statistics(s: StudySummary) -> None:
    with st.container(horizontal=True):
        _metric(text.READ, str(s.n_read), text.SKIPPED.format(n=s.n_skipped))
        _metric(text.TIME, "–" if s.seconds is None else f"{s.seconds:.0f} s", "median", text.TIME_HELP)
        value = "–" if s.agreement.value is None else f"{s.agreement.value:.0%}"
        _metric(text.AGREEMENT, value, f"n {s.agreement.n}", text.AGREEMENT_HELP)
        _metric(text.AMENDED, str(s.n_changed), text.AMENDED_DELTA)
    st.text(text.UNAIDED.format(value=s.unaided.text()))
    st.text(text.AIDED.format(value=s.aided.text()))
    st.text(text.LOCALISATION.format(value=s.located.text()))
    st.caption(text.BASED_ON.format(exams=f"{s.n_truth} exam{'' if s.n_truth == 1 else 's'}"))


def _row(r: StudyCase) -> dict[str, str | float | None]:
    return {
        "exam": worklist.workspace().name_of(r.exam),
        "state": STATES[read_state(r.assessments)],
        "seconds": r.seconds,
        "unaided": r.before,
        "with AI": r.after,
        "AI": None if r.called is None else "positive" if r.called else "negative",
        "truth": None if r.truth is None else "malignant" if r.truth else "not malignant",
        "marks": sum(len(i.findings) for i in r.assessments if not i.after_score),
        "localised": {None: None, True: "yes", False: "no"}[r.located],
    }


st.subheader(text.READING_TEST, anchor=False)
found = reads()
left, right = st.columns([2, 3], gap="large")
with left:
    _reading_test(sum(r.truth is not None and r.after is not None for r in found))
with right:
    st.markdown(f"##### {text.MY_READS}")
    if not any(r.assessments for r in found):
        st.info(text.EMPTY_SESSION, icon=":material/history:")
        st.stop()
    _statistics(summary(found))
table = pd.DataFrame([_row(r) for r in found if r.assessments])
st.dataframe(table, hide_index=True, height="content", placeholder="–")
csv = csv_text(table.assign(use="research use only"))
st.download_button(text.SAVE_TABLE, csv, "session-research-use-only.csv", "text/csv", key="session_csv", icon=":material/download:")
