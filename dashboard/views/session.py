"""Session: what this session's reading came to, and a reading test on sample exams whose truth is known."""

import pandas as pd
import streamlit as st

from core.exams.reader_study import summary
from core.files import csv_text
from dashboard import phrases
from dashboard.session import worklist
from dashboard.session.reads import finished, reads
from dashboard.session.sidebar import open_sample

TEST = 40  # sample exams of the reading test

st.subheader("Session", anchor=False)
found = reads()
left, right = st.columns([3, 2], gap="large")
with right:
    st.markdown("##### Reading test")
    st.caption(phrases.READING_TEST.format(n=TEST))
    done = sum(r.truth is not None and r.after is not None for r in found)
    st.progress(min(1.0, done / TEST), f"{min(done, TEST)} of {TEST} sample exams read")
    words = "Start the reading test" if not done else "Next exam of the test" if done < TEST else "One more exam"
    if st.button(words, icon=":material/play_arrow:", key="reading_test", width="stretch"):
        worklist.choices().look_first = "always"
        with st.spinner("Drawing four views"):
            worklist.finish(finished())
            open_sample()
        st.switch_page("views/read.py")
with left:
    if not any(r.assessments for r in found):
        st.info(phrases.EMPTY_SESSION, icon=":material/history:")
        st.stop()
    s = summary(found)
    agree = s.agreement
    with st.container(horizontal=True):
        quiet = {"delta_color": "off", "delta_arrow": "off", "border": True}
        st.metric("Exams read", s.n_read, f"{s.n_skipped} skipped", **quiet)
        st.metric("Time", "–" if s.seconds is None else f"{s.seconds:.0f} s", "median", help=phrases.TIME_HELP, **quiet)
        value = "–" if agree.value is None else f"{agree.value:.0%}"
        st.metric("Agreement", value, f"n {agree.n}", help=phrases.AGREEMENT_HELP, **quiet)
        st.metric("Changed", s.n_changed, "after the score", **quiet)
    for who, area in (("Alone", s.unaided), ("With the model", s.aided)):
        st.text(f"{who}: AUROC {area.text()}")
    st.text(f"Marked on the place, before the score: {s.located.text()}")
    st.caption(f"On {s.n_truth} exams whose truth is known; categories ordered 1, 2, 3, 0, 4, 5, 6. Few exams give wide intervals.")
table = pd.DataFrame(
    [
        {
            "exam": r.exam[:12],
            "seconds": r.seconds,
            "before the score": r.before,
            "after": r.after,
            "model": None if r.called is None else "positive" if r.called else "negative",
            "truth": None if r.truth is None else "malignant" if r.truth else "not malignant",
            "marks": sum(len(i.findings) for i in r.assessments if not i.after_score),
            "on the place": {None: None, True: "yes", False: "no"}[r.located],
        }
        for r in found
        if r.assessments
    ]
)
st.dataframe(table, hide_index=True, height="content", placeholder="–")
csv = csv_text(table.assign(use="research use only"))
st.download_button("Save this table (CSV)", csv, "session-research-use-only.csv", "text/csv", key="session_csv", icon=":material/download:")
