"""What the network saw: each step from the stored values to the tensor, with its numbers and its image."""

import cv2
import streamlit as st

from core.inference.default_model import default_card
from core.models.card import Card
from dashboard.cache import checkpoints, predictions
from dashboard.images.render import data_uri, jpeg
from dashboard.session.worklist import Case


def panel(case: Case, card: Card | None) -> None:
    """An expander with the way of `case` to the tensor of `card`, or of the checkpoint that would be chosen for it.

    It shows nothing of a model's answer, and so may stand there while the score waits for the reader's impression.
    """
    card = card or default_card(checkpoints.cards(), case.scan)
    if card is None or not case.quality.ok:
        return
    box = st.expander("What the network saw", key="network_view", on_change="rerun")
    if not box.open:
        return  # seven images are made only for those who look
    with box:
        st.caption(f"Each step of {card.title} from the file to the numbers that go into the network, in their order.")
        *ways, last = predictions.steps(case.scan, card)
        for n, step in enumerate(ways, 1):
            image, facts = st.columns([2, 3], vertical_alignment="top")
            image.image(jpeg(step.image), width="stretch", alt=f"The image after step {n}, {step.name.lower()}")
            with facts:
                _facts(n, step)
        _facts(len(ways) + 1, last)
        _true_size(last.image)


def _facts(n: int, step) -> None:
    st.markdown(f"**{n} {step.name}**")
    st.text("\n".join(f"{what}: {value}" for what, value in step.facts))  # no table: the column is narrow, and text breaks its lines


def _true_size(image) -> None:
    """One input pixel as one pixel of the page: where the column is narrower, the image is scrolled, not shrunk."""
    rows, cols = image.shape
    source = data_uri(cv2.imencode(".png", image)[1].tobytes(), "png")
    style = f"width:{cols}px;height:{rows}px;max-width:none;image-rendering:pixelated"
    alt = f"The tensor's first channel, {rows} rows of {cols} pixels"
    st.html(f'<div style="overflow:auto"><img src="{source}" alt="{alt}" width="{cols}" height="{rows}" style="{style}"></div>')
    st.caption(
        "True size: one input pixel is one pixel of the page (at 100 % zoom); scroll where the column is narrower. "
        "From the tensor's least value, black, to its greatest, white."
    )
