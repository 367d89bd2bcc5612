"""Model input: each step from the stored values to the tensor, with its numbers and its image."""

import cv2
import numpy as np
import streamlit as st

from core.imaging.preprocessing_steps import Step
from core.models.card import Card
from dashboard.cache import predictions
from dashboard.images.render import data_uri, jpeg
from dashboard.phrases import read as text
from dashboard.session.worklist import Case


def render(case: Case, card: Card | None) -> None:
    """The steps from the file to the tensor of `card`. They show nothing of a model's answer, and may be seen before it."""
    if card is None or not case.quality.ok:
        st.text(text.NO_MODEL_INPUT)
        return
    st.caption(text.MODEL_INPUT_ABOUT.format(title=card.title))
    *steps, last = predictions.steps(case.scan, card)
    for n, step in enumerate(steps, 1):
        image, facts = st.columns([2, 3], vertical_alignment="top")
        image.image(jpeg(step.image), width="stretch", alt=f"The image after step {n}, {step.name.lower()}")
        with facts:
            _facts(n, step)
    _facts(len(steps) + 1, last)
    _true_size(last.image)


def _facts(n: int, step: Step) -> None:
    st.markdown(f"**{n} {step.name}**")
    st.text("\n".join(f"{what}: {value}" for what, value in step.facts))  # no table: the column is narrow, and text breaks its lines


def _true_size(image: np.ndarray) -> None:
    """One input pixel as one pixel of the page: where the column is narrower, the image is scrolled, not shrunk."""
    rows, cols = image.shape
    source = data_uri(cv2.imencode(".png", image)[1].tobytes(), "png")
    style = f"width:{cols}px;height:{rows}px;max-width:none;image-rendering:pixelated"
    alt = f"The tensor's first channel, {rows} rows of {cols} pixels"
    st.html(f'<div style="overflow:auto"><img src="{source}" alt="{alt}" width="{cols}" height="{rows}" style="{style}"></div>')
    st.caption(text.TRUE_SIZE)
