"""A guided tour that presses what it speaks of: it opens an exam, shows heat and truth, sets a threshold."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import streamlit as st

from core.exams.assessment import Assessment
from dashboard.phrases import learn as text
from dashboard.phrases.reports import RULES
from dashboard.session import records, samples, worklist


@dataclass(frozen=True)
class Step:
    """One stop: the page, what the server does on arrival, and what is then pressed on the page.

    A press is an action of the viewer's toolbar, or the words on a button.
    """

    page: str
    words: text.StepWords
    enter: Callable[[], None] = lambda: None
    presses: tuple[str, ...] = ()


def _reveal() -> None:
    """Skip the read where none was recorded, so that the AI result shows."""
    case = worklist.selected()
    if case is not None and worklist.hidden(case):
        records.record(case.exam, Assessment(None, None, "", datetime.now().replace(microsecond=0), False))


STEPS = (
    Step("read", text.TOUR_EXAM, presses=("four",)),
    Step("read", text.TOUR_READ),
    Step("read", text.TOUR_RESULT, _reveal, ("heat",)),
    Step("read", text.TOUR_TRUTH, _reveal, ("heat", "truth")),
    Step("filters", text.TOUR_FILTERS, _reveal),
    Step("models", text.TOUR_MODELS, presses=(RULES["sensitivity=0.95"],)),
    Step("leakage_demo", text.TOUR_LEAKAGE),
    Step("session", text.TOUR_END_STEP),
)

# Each step is pressed once, when its targets are there; a switch that is on already stays on.
_PRESS = """
let done = "";
const all = (root, selector) => [
  ...root.querySelectorAll(selector),
  ...[...root.querySelectorAll("*")].flatMap((e) => (e.shadowRoot ? all(e.shadowRoot, selector) : [])),
];
const find = (what) =>
  all(document, `button[data-action="${what}"]`).find((e) => !e.hidden) ??
  [...document.querySelectorAll("button")].find((e) => e.textContent.trim() === what);
const ready = (target) => !target.dataset.action || all(document, '.pane[data-ready="1"]').length > 0;

export default function ({ data }) {
  if (data.step === done) return;
  done = data.step;
  const began = performance.now();
  const wanted = [...data.presses];
  const next = () => {
    if (!wanted.length || done !== data.step || performance.now() - began > 60000) return;
    const target = find(wanted[0]);
    if (target && ready(target)) {
      if (target.getAttribute("aria-pressed") !== "true") target.click();
      wanted.shift();
    }
    setTimeout(next, 150);
  };
  next();
}
"""
_press = st.components.v2.component("second_reader_tour", js=_PRESS)


def render() -> None:
    """Draw the open step of the tour in a bar at the foot of the page; nothing where none is open."""
    at = worklist.settings().tour
    if at is None:
        return
    step, last = STEPS[at], at == len(STEPS) - 1
    with st.container(key="tour", horizontal=True, vertical_alignment="center"):
        with st.container(gap=None):
            st.markdown(f"**{at + 1} of {len(STEPS)}: {step.words.title}**")
            st.text(step.words.text)
        _press(key="tour_press", data={"step": f"{worklist.session().name} {at}", "presses": step.presses}, height=1, width=1)
        if st.button(text.TOUR_END, key="tour_end", type="tertiary"):
            worklist.settings().go_on_tour(None)
            st.rerun()
        if st.button(text.TOUR_BACK, key="tour_back", disabled=at == 0):
            _go(at - 1)
        if st.button(text.TOUR_FINISH if last else text.TOUR_NEXT, key="tour_next", type="primary"):
            if last:
                worklist.settings().go_on_tour(None)
                st.rerun()
            _go(at + 1)


def start_button() -> None:
    """The button that starts the tour, from its first step, with the sample exam as it was shipped."""
    if st.button(text.TOUR_START, icon=":material/tour:", key="tour_start", help=text.TOUR_ABOUT):
        with st.spinner(text.OPENING):
            samples.open_shipped_afresh()
        _go(0)


def _go(at: int) -> None:
    worklist.settings().go_on_tour(at)
    STEPS[at].enter()
    st.switch_page(f"views/{STEPS[at].page}.py")
