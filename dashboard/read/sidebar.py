"""The sidebar of Read and Filters while exams are open: what the last upload did, the list of exams, and how to open more."""

import streamlit as st

from core.exams.grouping import Proposal
from core.store import anything_saved
from dashboard import phrases
from dashboard.phrases import session as text
from dashboard.read import archive_search, arrivals
from dashboard.session import grouping, leftovers, records, samples, uploads, worklist

SORT_FROM = 4  # exams
SHORT = 3  # names of refused files in the line itself


def render() -> None:
    """Draw it."""
    from dashboard.read import exam_list  # late: it brings the models' cards
    from dashboard.session.order import arranged

    if case := worklist.selected():
        worklist.catch_up(case.exam)
    messages()
    _header()
    if offers := grouping.offers():
        _offer(offers)
    _sort_and_filter()
    entries = arranged(worklist.settings().order, worklist.settings().only)
    worklist.session().listed = [e.exam.key for e in entries]
    if not entries:
        st.caption(text.NO_MATCH)
    exam_list.render(entries)
    if worklist.plain():
        _steps()


def messages() -> None:
    """What the last upload did not open, what it passed over, and what happened in other tabs: a line each, to be dismissed."""
    arrivals.render()
    now = worklist.session()
    if now.message:
        with st.container(horizontal=True, vertical_alignment="center", key="message"):
            st.warning(now.message, width="stretch")
        now.message = ""
    if now.problems:
        _refused(now.problems, now.attempted)
    if n := leftovers.take():
        now.notices.append((text.SAVED, text.swept(n)))
    for name, sentence in now.notices:
        st.text(f"{name}: {sentence}")
    if n := records.unopened():
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(text.unopened(n), width="stretch")
            st.button(text.DISCARD_READS, key="discard_reads", on_click=records.discard_unopened)


def _refused(problems: list[tuple[str, str]], attempted: int) -> None:
    names = [name.rsplit("/", 1)[-1] for name, _ in problems]
    line = text.refused(len(problems), attempted, names[:SHORT])
    with st.container(horizontal=True, vertical_alignment="top", key="refused", gap="small"):
        with st.expander(phrases.escaped(line), icon=":material/error:"):
            by_sentence: dict[str, list[str]] = {}
            for name, sentence in problems:
                by_sentence.setdefault(sentence, []).append(name)
            for sentence, found in by_sentence.items():
                st.text(sentence)
                with st.container(height=140 if len(found) > 6 else "content", border=False):
                    st.text("\n".join(found))
        st.button("", key="dismiss", icon=":material/close:", type="tertiary", help=text.DISMISS, on_click=_dismiss)


def _dismiss() -> None:
    worklist.session().problems = []


def _header() -> None:
    """How many exams are read, and the popovers that open more exams and hold the settings."""
    exams = worklist.exams_as_added()
    done = sum(e.state in ("read", "amended") for e in exams)
    total = sum(e.state != "not assessable" for e in exams)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="exams_header"):
        st.markdown(f"**{text.EXAMS}** {text.progress(done, total)}", width="stretch")
        with st.popover("", icon=":material/add:", help=text.ADD, key=f"add_exams_{worklist.session().uploads}", type="tertiary"):
            uploads.picker()
            archive_search.button()
            samples.buttons()
            if anything_saved():
                from dashboard.read.saving import shelf  # late: it brings the database

                shelf()
        with st.popover("", icon=":material/settings:", help=text.SETTINGS, key="settings", type="tertiary"):
            from dashboard.read import settings  # late: it brings pandas

            settings.render()


def _offer(offers: list[Proposal]) -> None:
    """The first group of views that look like one exam, with a button for each answer; where there are more, one that accepts all."""
    first = offers[0]
    with st.container(gap="small", key="offer"):
        st.markdown(f":small[{text.offer(len(first.places), first.reason)}]")
        with st.container(horizontal=True, gap="small"):
            for key in first.places:
                st.image(worklist.session().cases[key].thumbnail, width=32, alt="")
        with st.container(horizontal=True, gap="small"):
            st.button(text.GROUP, key="group", type="primary", on_click=grouping.accept, args=([first],))
            st.button(text.KEEP_SEPARATE, key="separate", on_click=grouping.decline, args=([first],))
            if len(offers) > 1:
                st.button(text.group_all(len(offers)), key="group_all", on_click=grouping.accept, args=(offers,), help=text.GROUP_ALL_HELP)


def _sort_and_filter() -> None:
    """Draw both selectors, from `SORT_FROM` exams on."""
    settings = worklist.settings()
    if len(worklist.exams_as_added()) < SORT_FROM:
        return
    for column, key, label, names, chosen in zip(
        st.columns(2, gap="small"),
        ("order", "only"),
        (text.SORT, text.SHOW),
        (text.ORDERS, text.FILTERS),
        (settings.order, settings.only),
        strict=True,
    ):
        column.selectbox(
            label,
            list(names),
            list(names).index(chosen),
            format_func=names.__getitem__,
            key=key,
            on_change=settings.take_order,
            label_visibility="collapsed",
        )


def _steps() -> None:
    """Buttons for the viewer's arrow keys, where there is no viewer; the page has those of the exams."""
    with st.container(horizontal=True, gap="small"):
        for key, label, shortcut, by in (("previous", text.PREVIOUS_VIEW, "Left", -1), ("next", text.NEXT_VIEW, "Right", 1)):
            st.button(label, key=key, shortcut=shortcut, on_click=worklist.step_view, args=(by,))
