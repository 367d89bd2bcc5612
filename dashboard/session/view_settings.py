"""What one browser has set for its views: order, independent read, tour. It lies in `dashboard.session.workspace`."""

from dataclasses import dataclass, field
from typing import Literal

import streamlit as st

from core.scans import Scan

IndependentRead = Literal["mammograms", "always", "never"]


@dataclass
class ViewSettings:
    """Each is as the session begins.

    Attributes
    ----------
    plain : str or None
        Why this browser gets the plain image instead of the viewer; None where it gets the viewer.
    order : str
        How the list sorts the exams; one of `dashboard.phrases.session.ORDERS`.
    only : str
        Which exams the list shows; one of `dashboard.phrases.session.FILTERS`.
    independent_read : str
        For which views the AI result waits for the reader's assessment.
    tour : int or None
        The step of the tour that is open; None while there is none.
    presenter : bool
        Whether the session is shown to an audience: the viewer then offers the before/after divider.
    models : dict of str to str
        Name of the selected model by `image_kind`.
    any_domain : set of str
        Names of models that score images of a domain that they were not trained on, on the user's word.
    """

    plain: str | None = None
    order: str = "added"
    only: str = "all"
    independent_read: IndependentRead = "mammograms"
    tour: int | None = None
    presenter: bool = False
    models: dict[str, str] = field(default_factory=dict)
    any_domain: set[str] = field(default_factory=set)
    _before_tour: IndependentRead = "mammograms"
    _to_read: bool = False

    def take_order(self) -> None:
        """Take order and filter from their widgets."""
        self.order, self.only = st.session_state["order"], st.session_state["only"]

    def take_model(self, kind: str, widget: str) -> None:
        """Take the model of a kind of images from its widget."""
        self.models[kind] = st.session_state[widget]

    def go_on_tour(self, step: int | None) -> None:
        """Go to a step of it, or end it. While it lasts, every AI result waits for a read; afterwards the setting is as before."""
        if step is not None and self.tour is None:
            self._before_tour, self.independent_read = self.independent_read, "always"
        if step is None and self.tour is not None:
            self.independent_read = self._before_tour
        self.tour = step

    def go_to_read(self) -> None:
        """Ask for the Read page; a callback cannot change the page itself."""
        self._to_read = True

    def going_to_read(self) -> bool:
        """Whether the Read page was requested; true once for each request."""
        requested, self._to_read = self._to_read, False
        return requested


def image_kind(scan: Scan) -> str:
    """The kind of images that one model reads: "phantom" or "mammogram"."""
    return "phantom" if scan.synthetic else "mammogram"
