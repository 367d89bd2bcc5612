"""The plain images of Read and Compare: 8 bits, drawn by the server, for a browser that cannot show the viewer."""

import streamlit as st

from core.inference.saliency import joint_scale
from dashboard import phrases
from dashboard.cache import checkpoints, predictions
from dashboard.figures import brightness
from dashboard.figures.hanging import PLACES, Pane, hang
from dashboard.figures.image import CONFIG, image_figure, row_figure
from dashboard.figures.style import static_chart
from dashboard.images.render import data_uri, grey, heat_png, jpeg
from dashboard.session import worklist

ROW_HEIGHT = 470
COUNT = {5: "five", 6: "six"}


def show(case, exam, controls, saliency, card, any_domain):
    """The open view, or its whole exam where the controls say so, with the heatmap where one is asked for."""
    st.caption(f"Plain image: {worklist.plain()}. It has 8 bits and no ruler.")
    if len(exam) > 1 and controls["layout"] == "exam":
        asked = controls["heat"] and card is not None
        maps = {c.key: predictions.prediction(c.scan, card, any_domain=any_domain)[1][controls["label"]] for c in exam} if asked else {}
        _hung(case, exam, maps, controls, card, any_domain)
    else:
        _image(case, controls, saliency)


def _image(case, controls, saliency):
    image = predictions.image(case.scan, controls["window"], controls["invert"])
    heat = predictions.heat(saliency) if saliency is not None and saliency.peak > 0 else None
    figure = image_figure(case.scan.shape, image, heat, controls["opacity"], case.key)
    alt = f"Mammogram, {case.scan.label}{', synthetic' if case.scan.synthetic else ''}{', heatmap shown' if heat else ''}"
    with st.container(key="image_box"):
        st.plotly_chart(figure, height="stretch", theme=None, config=CONFIG, key="mammogram", alt=alt)


def _hung(case, exam, maps, controls, card, any_domain):
    """The exam's views as they hang, heatmaps (case key → Saliency, none where none is asked for) on one colour scale."""
    scale, panes = joint_scale(list(maps.values())), {}
    for c in exam:
        at = (c.scan.laterality, c.scan.view)
        if at in PLACES and at not in panes:  # of two views of one kind the first hangs; both stay in the list
            window = controls["window"] if c.key == case.key else 0
            heat = predictions.heat(maps[c.key], scale) if maps and scale > 0 else None
            title = f"<b>{c.scan.label}</b>" if c.key == case.key else c.scan.label
            if card is not None:
                title += f"  {predictions.prediction(c.scan, card, any_domain=any_domain)[0].score:.2f}"
            panes[at] = Pane(c.scan.shape, c.scan.spacing_mm, predictions.image(c.scan, window, controls["invert"]), heat, title)
    with st.container(key="image_box"):
        figure = hang(panes, controls["opacity"], case.scan.study_key)
        alt = f"Exam: {', '.join(' '.join(at) for at in panes)}"
        st.plotly_chart(figure, height="stretch", theme=None, config=CONFIG, key="hanging", alt=alt)


def controls(case, labels, positive, several):
    """The controls under the score; heatmap off at first."""
    out = {"heat": False, "label": positive, "opacity": 0.55}
    with st.container(border=True):
        if labels:
            left, right = st.columns([3, 2], vertical_alignment="center")
            out["heat"] = worklist.choices().heat
            left.button(
                "Hide heatmap" if out["heat"] else "Show heatmap",
                key="heat",
                shortcut="H",
                on_click=worklist.choices().toggle_heat,
                width="stretch",
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
        out["layout"] = worklist.choices().layout
        if several:
            words = "Show this view alone" if out["layout"] == "exam" else "Show the whole exam"
            st.button(words, key="layout", shortcut="E", on_click=worklist.choices().toggle_layout, width="stretch")
        left, right = st.columns([3, 2], vertical_alignment="bottom")
        names = [w.name or f"window {n + 1}" for n, w in enumerate(case.scan.windows)]
        out["window"] = left.selectbox(
            "Brightness", range(len(names)), format_func=names.__getitem__, key=f"window_{case.key[:12]}", help=phrases.WINDOW_HELP
        )
        out["invert"] = right.toggle("Invert", key="invert")
    return out


def heat_words(saliency, card, scale):
    """The colour bar up to `scale`, what the map is, and how far such maps were right in tests."""
    if saliency.peak <= 0:
        st.info(saliency.sentence, icon=":material/info:")
        return
    static_chart(brightness.colour_bar(scale), key="bar", alt="Colour bar of the heatmap")
    st.caption(saliency.sentence + (" One colour scale for all views of the exam." if scale != saliency.peak else ""))
    st.caption(phrases.trust(checkpoints.report(card.name)))


def row_controls(card):
    """The heatmap's controls over a row of filters: (class whose heatmaps are shown, or None while none are; opacity)."""
    if not st.toggle("Heatmaps", key="compare_heat"):
        return None, 0.0
    positive = card.label_space.positive
    labels = list(dict.fromkeys((*card.label_space.classes, positive)))
    label = st.selectbox("for", labels, index=labels.index(positive), key=f"compare_{card.name}", width=220)
    return label, st.slider("Opacity", 0.0, 1.0, 0.55, 0.05, key="compare_opacity", width=220)


def row(case, card, shown, label, opacity):
    """One view under several filters side by side, with the heatmaps for `label` on one colour scale where one is named."""
    st.caption(f"Plain images: {worklist.plain()}. Wheel: zoom all. Drag: move all. Double click: reset.")
    scale = joint_scale([v.maps[label] for v in shown]) if label else 0.0
    panels = []
    for v in shown:
        heat = data_uri(heat_png(v.maps[label].on_grid() / scale), "png") if scale > 0 else None
        panels.append((v.title, data_uri(jpeg(grey(v.filtered.image)), "jpeg"), heat))
    figure = row_figure(card.input.size, panels, opacity, ROW_HEIGHT, case.key)
    alt = f"The view through {COUNT[len(shown)]} filters, side by side"
    st.plotly_chart(figure, theme=None, config=CONFIG, key="row", alt=alt)
    if scale > 0:
        static_chart(brightness.colour_bar(scale), key="joint_bar", alt="Colour bar shared by all heatmaps")
        st.caption(f"One colour scale for all {COUNT[len(shown)]} maps, up to the largest raw peak, {scale:.3g}.")
    elif label:
        st.info("No positive evidence in any variant: all maps are zero.", icon=":material/info:")
