"""What the Read page shows of an open case: the film, its score against the threshold, and the heatmap when asked for."""

import pandas as pd
import streamlit as st

from core.errors import SecondReaderError
from core.reading.exam import exam_score
from core.reading.saliency import joint_scale
from dashboard import fused, keeping, lookfirst, phrases, resources, worklist
from dashboard.checkpoint import choose
from dashboard.figures import charts
from dashboard.figures.film import CONFIG, film
from dashboard.figures.hanging import PLACES, Pane, hang
from dashboard.pictures.render import export_png

STILL = {"displayModeBar": False}


def _picture(case, controls, saliency=None):
    picture = resources.picture(case.scan, controls["window"], controls["invert"])
    heat = resources.heat(saliency) if saliency is not None and saliency.peak > 0 else None
    figure = film(case.scan.shape, picture, heat, controls["opacity"], case.key)
    alt = f"Mammogram, {case.scan.label}{', synthetic' if case.scan.synthetic else ''}{', heatmap shown' if heat else ''}"
    with st.container(key="film_box"):
        st.plotly_chart(figure, height="stretch", theme=None, config=CONFIG, key="film", alt=alt)


def _export(case, controls, saliency, words):
    """A function that makes the PNG when it is asked for."""

    def make():
        display = case.scan.display(controls["window"])
        relative = saliency.relative() if saliency is not None and saliency.peak > 0 else None
        return export_png(1 - display if controls["invert"] else display, relative, controls["opacity"], words, case.scan.synthetic)

    return make


def _controls(case, labels, positive):
    """The controls under the score; heatmap off at first."""
    out = {"heat": False, "label": positive, "opacity": 0.55}
    with st.container(border=True):
        if labels:
            left, right = st.columns([3, 2], vertical_alignment="center")
            out["heat"] = worklist.heat_shown()
            left.button(
                "Hide heatmap" if out["heat"] else "Show heatmap", key="heat", shortcut="H", on_click=worklist.toggle_heat, width="stretch"
            )
            out["label"] = right.selectbox(
                "Heatmap for",
                labels,
                label_visibility="collapsed",
                index=labels.index(positive),
                key=f"label_{'_'.join(labels)}",
                disabled=not out["heat"],
            )
            out["opacity"] = st.slider("Opacity", 0.0, 1.0, 0.55, 0.05, key="opacity", disabled=not out["heat"])
        out["layout"] = worklist.layout()
        if len(_exam(case)) > 1:
            words = "Show this view alone" if out["layout"] == "exam" else "Show the whole exam"
            st.button(words, key="layout", shortcut="E", on_click=worklist.toggle_layout, width="stretch")
        left, right = st.columns([3, 2], vertical_alignment="bottom")
        names = [w.name or f"window {n + 1}" for n, w in enumerate(case.scan.windows)]
        out["window"] = left.selectbox(
            "Brightness", range(len(names)), format_func=names.__getitem__, key=f"window_{case.key[:12]}", help=phrases.WINDOW_HELP
        )
        out["invert"] = right.toggle("Invert", key="invert")
    return out


def _score(reading, card):
    st.markdown(f"**{phrases.score(reading.score, reading.threshold)}**")
    alt = phrases.score(reading.score, reading.threshold)
    st.plotly_chart(charts.score_bar(reading.score, reading.threshold), theme=None, config=STILL, key="score", alt=alt)
    st.caption(f"Calibrated score for “{card.label_space.positive}”. Threshold: {card.threshold_rule}.")
    st.plotly_chart(
        charts.probabilities(reading.probabilities), theme=None, config=STILL, key="probabilities", alt="Probability of each class"
    )


def _heat_words(saliency, card, scale):
    """The colour bar up to `scale`, what the map is, and how far such maps were right in tests."""
    if saliency.peak <= 0:
        st.info(saliency.sentence, icon=":material/info:")
        return
    st.plotly_chart(charts.colour_bar(scale), theme=None, config=STILL, key="bar", alt="Colour bar of the heatmap")
    st.caption(saliency.sentence + (" One colour scale for all views of the exam." if scale != saliency.peak else ""))
    report = resources.report(card.name)
    trust = (report or {}).get("localisation")
    st.caption(trust["text"] if trust else "How often this kind of heatmap covers a finding has not been measured for this checkpoint.")


def _doubt(case, card, any_domain):
    """On demand: does the score survive small changes, and does it hang on the hot spot?"""
    st.button("Test this reading", key="doubt", on_click=worklist.doubt, args=(case.key,), width="stretch", help=phrases.DOUBT_HELP)
    if worklist.doubted(case.key):
        for sentence in resources.doubt(case.scan, card, any_domain):
            st.caption(sentence)


def _details(case, reading):
    scan = case.scan
    for warning in scan.warnings:
        st.warning(warning, icon=":material/warning:")
    if scan.laterality is None or scan.view is None:
        _name_view(case)
    with st.expander("What was assumed"):
        for line in scan.assumptions or ("Nothing: the file says it all.",):
            st.text(line)
        if reading is not None:
            for line in reading.notes:
                st.text(line)
    with st.expander("Raw numbers"):
        rows = {
            "format": scan.source_format,
            "size": f"{scan.shape[1]} × {scan.shape[0]} pixels, {scan.bits} bits",
            "pixel size": f"{scan.spacing_mm[0]:.3f} × {scan.spacing_mm[1]:.3f} mm (est.)" if scan.spacing_mm else "unknown",
            "sha256": scan.sha256[:16],
        }
        if reading is not None:
            rows |= {f"probability {k}": f"{v:.4f}" for k, v in reading.probabilities.items()}
            rows |= {f"logit {k}": f"{v:.3f}" for k, v in zip(reading.probabilities, reading.logits, strict=True)}
            rows["one input pixel"] = f"{reading.microns:.0f} µm" if reading.microns else "unknown"
        st.dataframe(pd.DataFrame(rows.items(), columns=["", "value"]), hide_index=True, height="content")


def _name_view(case):
    """Side and view by hand, where the file does not tell them."""
    with st.popover("Set side and view", icon=":material/edit:", width="stretch"):
        side = st.segmented_control("Side", ["R", "L"], default=case.scan.laterality, key=f"side_{case.key[:12]}")
        view = st.segmented_control("View", ["CC", "MLO"], default=case.scan.view, key=f"view_{case.key[:12]}")
        st.caption("Views named by hand hang together as one exam.")
        ready = bool(side and view)
        st.button("Set", key="name_view", on_click=worklist.name_view, args=(case.key, side, view), disabled=not ready, width="stretch")


def show(case):
    """Draw the open case: picture at the left, score, controls and details at the right."""
    left, right = st.columns([7, 3], gap="medium")
    with right:
        st.subheader(case.scan.label, anchor=False)
        if case.scan.synthetic:
            st.caption(phrases.SYNTHETIC)
        if worklist.hidden(case):
            card, any_domain, reading, saliency = None, False, None, None
            lookfirst.ask(case)
            controls = _controls(case, [], None)
        elif case.quality.ok:
            card, any_domain, reading, saliency, controls = _assessed(case)
        else:
            card, any_domain, reading, saliency = None, False, None, None
            st.error(phrases.CANNOT_ASSESS, icon=":material/block:")
            for sentence in case.quality.reasons:
                st.text(sentence)
            st.caption("No score was computed.")
            controls = _controls(case, [], None)
        lookfirst.recorded(case)
        fused.panel(case, card, reading)
        if reading is not None:
            _doubt(case, card, any_domain)
        _details(case, reading)
    exam = _exam(case)
    with left:
        if len(exam) > 1 and controls["layout"] == "exam":
            _hung(case, exam, controls, card, any_domain)
        else:
            _picture(case, controls, saliency)
    if reading is not None:
        with right:
            _save_button(case, controls, saliency, f"{card.name} {phrases.score(reading.score, reading.threshold)}")
            _exam_scores(case, exam, card, any_domain)
    with right:
        keeping.panel(case, card, any_domain)


def _assessed(case):
    """Score, controls and heatmap of a case that can be assessed; (card, any_domain, reading, saliency, controls)."""
    panel, below, words = st.container(), st.container(), st.container()
    with below:
        card, any_domain = choose(case)
    reading, maps = None, {}
    if card is not None:
        try:
            reading, maps = resources.reading(case.scan, card, any_domain=any_domain)
        except SecondReaderError as e:
            st.error(e.what, icon=":material/error:")
            st.text(e.remedy)
    with panel:
        if reading is not None:
            _score(reading, card)
        controls = _controls(case, list(maps), card.label_space.positive if card else None)
    saliency = maps.get(controls["label"]) if controls["heat"] else None
    if saliency is not None:
        with words:
            scale = joint_scale(list(_maps(case, controls, card, any_domain).values())) if controls["layout"] == "exam" else saliency.peak
            _heat_words(saliency, card, scale)
    return card, any_domain, reading, saliency, controls


def _save_button(case, controls, saliency, words):
    st.download_button(
        "Save picture (PNG)",
        _export(case, controls, saliency, words),
        file_name=f"second-reader-{case.key[:12]}.png",
        mime="image/png",
        key="export",
        on_click="ignore",
        width="stretch",
        help="Stamped “research use only”; holds no name and no date.",
    )


def _exam(case):
    """All open views of the same exam that can be assessed, this one among them."""
    return [c for c in worklist.cases() if c.scan.study_key and c.scan.study_key == case.scan.study_key and c.quality.ok]


def _maps(case, controls, card, any_domain):
    """The chosen class's heatmap of each view of the exam, by case."""
    views = _exam(case) or [case]
    return {c.key: resources.reading(c.scan, card, any_domain=any_domain)[1][controls["label"]] for c in views}


def _hung(case, exam, controls, card, any_domain):
    """The exam's views as they hang, heatmaps on one colour scale."""
    maps = _maps(case, controls, card, any_domain) if controls["heat"] and card is not None else {}
    scale, panes = joint_scale(list(maps.values())), {}
    for c in exam:
        at = (c.scan.laterality, c.scan.view)
        if at in PLACES and at not in panes:  # of two views of one kind the first hangs; both stay in the list
            window = controls["window"] if c.key == case.key else 0
            heat = resources.heat(maps[c.key], scale) if maps and scale > 0 else None
            title = f"<b>{c.scan.label}</b>" if c.key == case.key else c.scan.label
            if card is not None:
                title += f"  {resources.reading(c.scan, card, any_domain=any_domain)[0].score:.2f}"
            panes[at] = Pane(c.scan.shape, c.scan.spacing_mm, resources.picture(c.scan, window, controls["invert"]), heat, title)
    with st.container(key="film_box"):
        figure = hang(panes, controls["opacity"], case.scan.study_key)
        alt = f"Exam: {', '.join(' '.join(at) for at in panes)}"
        st.plotly_chart(figure, height="stretch", theme=None, config=CONFIG, key="hanging", alt=alt)


def _exam_scores(case, exam, card, any_domain):
    """Scores of the open views of the same exam, of its breasts and of the exam, where there is more than one view."""
    if len(exam) < 2:
        return
    scores = [resources.reading(c.scan, card, any_domain=any_domain)[0].score for c in exam]
    found = exam_score([(c.scan.laterality, c.scan.view, s) for c, s in zip(exam, scores, strict=True)])
    rows = [{"": "exam", "score": round(found.score, 3)}]
    rows += [{"": f"breast {side}", "score": round(score, 3)} for side, score in found.breasts.items()]
    rows += [{"": f"{c.scan.label}{' ●' if c.key == case.key else ''}", "score": round(s, 3)} for c, s in zip(exam, scores, strict=True)]
    st.caption("This exam")
    st.dataframe(pd.DataFrame(rows), hide_index=True, height="content")
    st.caption(found.sentence + phrases.exam_tested(resources.report(card.name)))
