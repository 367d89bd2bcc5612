"""A model's learning curves."""

import streamlit as st

from core.folders import checkpoints_folder
from core.models.card import Card
from dashboard.cache import datasets
from dashboard.figures import training as figures
from dashboard.figures.style import static_chart
from dashboard.phrases import models as text

CURVES = ("loss", "auroc", "accuracy", "recall")


def training(card: Card) -> None:
    """Draw the tab."""
    history = datasets.run_history(checkpoints_folder() / card.name)
    if history is None:
        st.caption(text.NO_CURVES)
    else:
        st.caption(text.LINES)
        columns = st.columns(2)
        for n, column in enumerate(CURVES):
            with columns[n % 2]:
                figure = figures.curves({card.title: history}, column)
                static_chart(figure, f"curve_{column}_{card.name}", f"{text.CURVES[column]} by epoch")
    with st.expander(text.RECIPE):
        st.json({"recipe": card.recipe, "versions": card.versions}, expanded=1)
