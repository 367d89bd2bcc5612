"""Details of the open view: image and file, model input, similar training images; and the dialog that sets side and view."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from core.errors import SecondReaderError
from dashboard.cache import checkpoints, predictions
from dashboard.phrases import read as text
from dashboard.read import model_input, view_identity
from dashboard.session import ai_result
from dashboard.session.ai_result import ExamResult
from dashboard.session.dialogs import dialog
from dashboard.session.worklist import Case

if TYPE_CHECKING:
    from core.inference.out_of_distribution import Neighbour
    from core.inference.prediction import Prediction
    from core.models.card import Card

ACROSS = 3


@dialog(text.DETAILS, position="right", width="medium")
def show(case: Case, result: ExamResult | None) -> None:
    """The drawer. Similar images are there once the AI result is: they hint at it."""
    tabs = st.tabs(text.DETAIL_TABS[: 3 if result else 2], key="detail_tabs", on_change="rerun")
    with tabs[0]:
        _image(case, result.prediction(case.key) if result else None)
    if tabs[1].open:
        with tabs[1]:
            model_input.render(case, result.chosen.card if result else ai_result.model_of(case.scan))
    if result is not None and tabs[2].open:
        with tabs[2]:
            _similar(case, result)


def _image(case: Case, prediction: Prediction | None) -> None:
    """What the file states, what was assumed, and the numbers behind the score."""
    for line in case.scan.assumptions or (text.NO_ASSUMPTIONS,):
        st.text(line)
    for line in prediction.notes if prediction else ():
        st.text(line)
    rows = _of_file(case) | (_of_prediction(prediction) if prediction else {})
    st.dataframe(pd.DataFrame(rows.items(), columns=["", "value"]), hide_index=True, height="content")


def _of_file(case: Case) -> dict[str, str]:
    scan = case.scan
    return {
        "format": scan.source_format,
        "size": f"{scan.shape[1]} × {scan.shape[0]} pixels, {scan.bits} bits",
        "pixel size": f"{scan.spacing_mm[0]:.3f} × {scan.spacing_mm[1]:.3f} mm (est.)" if scan.spacing_mm else text.UNKNOWN,
        "sha256": scan.sha256[:16],
    }


def _of_prediction(prediction: Prediction) -> dict[str, str]:
    rows = {f"probability {k}": f"{v:.4f}" for k, v in prediction.probabilities.items()}
    rows |= {f"logit {k}": f"{v:.3f}" for k, v in zip(prediction.probabilities, prediction.logits, strict=True)}
    return rows | {"one input pixel": f"{prediction.microns:.0f} µm" if prediction.microns else text.UNKNOWN}


def _similar(case: Case, result: ExamResult) -> None:
    """The nearest training images, and whether the view is out of distribution."""
    try:
        found = predictions.training_neighbours(case.scan, result.chosen)
    except SecondReaderError as e:
        st.text(str(e))
        return
    if found is None:
        st.text(text.SIMILAR_UNKNOWN)
        return
    st.text(found[1])
    _neighbours(found[2], result.chosen.card)


def _neighbours(near: Sequence[Neighbour], card: Card) -> None:
    columns = st.columns(ACROSS)
    for n, neighbour in enumerate(near):
        with columns[n % ACROSS]:
            image = checkpoints.case_image(neighbour.sha256, neighbour.case, None) if card.synthetic else None
            if image is not None:
                st.image(image, alt=f"Training image, {neighbour.label}")
            st.text(f"{neighbour.label or 'none'}\n{neighbour.sha256[:4]}")
    st.caption(f"{text.SIMILAR_HELP} {text.SIMILAR_DRAWN if card.synthetic else text.SIMILAR_NOT_SHIPPED}")


@dialog(text.SET_VIEW)
def set_view(case: Case) -> None:
    """Side, view and exam of a view whose file does not state them, or states them wrongly."""
    view_identity.render(case)
