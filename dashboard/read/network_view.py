"""What the network saw: each step from the stored values to the tensor, with its numbers and its picture."""

import cv2
import streamlit as st

from core.models.card import Card
from core.reading.choose import default_card
from dashboard import readings, resources
from dashboard.pictures.render import data_uri, jpeg
from dashboard.session.worklist import Case


def panel(case: Case, card: Card | None) -> None:
    """An expander with the way of `case` to the tensor of `card`, or of the checkpoint that would be chosen for it.

    It shows nothing of a model's answer, and so may stand there while the score waits for the reader's impression.
    """
    card = card or default_card(resources.cards(), case.scan)
    if card is None or not case.quality.ok:
        return
    box = st.expander("What the network saw", key="network_view", on_change="rerun")
    if not box.open:
        return  # seven pictures are made only for those who look
    with box:
        st.caption(f"Each step of {card.title} from the file to the numbers that go into the network, in their order.")
        *ways, last = readings.steps(case.scan, card)
        for n, step in enumerate(ways, 1):
            picture, facts = st.columns([2, 3], vertical_alignment="top")
            picture.image(jpeg(step.picture), width="stretch", alt=f"The picture after step {n}, {step.name.lower()}")
            with facts:
                _facts(n, step)
        _facts(len(ways) + 1, last)
        _true_size(last.picture)


def _facts(n: int, step) -> None:
    st.markdown(f"**{n} {step.name}**")
    st.text("\n".join(f"{what}: {value}" for what, value in step.facts))  # no table: the column is narrow, and text breaks its lines


def _true_size(picture) -> None:
    """One input pixel as one pixel of the page: where the column is narrower, the picture is scrolled, not shrunk."""
    rows, cols = picture.shape
    source = data_uri(cv2.imencode(".png", picture)[1].tobytes(), "png")
    style = f"width:{cols}px;height:{rows}px;max-width:none;image-rendering:pixelated"
    alt = f"The tensor's first channel, {rows} rows of {cols} pixels"
    st.html(f'<div style="overflow:auto"><img src="{source}" alt="{alt}" width="{cols}" height="{rows}" style="{style}"></div>')
    st.caption(
        "True size: one input pixel is one pixel of the page (at 100 % zoom); scroll where the column is narrower. "
        "From the tensor's least value, black, to its greatest, white."
    )
