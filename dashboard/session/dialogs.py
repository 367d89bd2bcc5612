"""Dialogs of an open exam. Only the run that opens one draws it, so an AI result that arrives meanwhile does not draw the page again."""

from collections.abc import Callable
from functools import wraps
from typing import Literal, ParamSpec

import streamlit as st

from dashboard.session import worklist

P = ParamSpec("P")


def dialog(
    title: str, *, position: Literal["center", "right"] = "center", width: Literal["small", "medium", "large"] = "small"
) -> Callable[[Callable[P, None]], Callable[P, None]]:
    """As `st.dialog`; the page is drawn again when the dialog is closed."""

    def decorate(function: Callable[P, None]) -> Callable[P, None]:
        shown = st.dialog(title, position=position, width=width, on_dismiss="rerun")(function)

        @wraps(function)
        def show(*args: P.args, **kwargs: P.kwargs) -> None:
            worklist.session().dialog = True
            shown(*args, **kwargs)

        return show

    return decorate
