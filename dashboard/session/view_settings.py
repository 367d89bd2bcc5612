"""How one browser session looks at its cases: what it switched on, asked for and has heard. It lies in `dashboard.session.worklist`."""

from dataclasses import dataclass, field

import streamlit as st


@dataclass
class ViewSettings:
    """Each is as the session begins.

    Attributes
    ----------
    plain : str or None
        Why this browser gets the plain image instead of the viewer; None where it gets the viewer.
    order : str
        In which the list shows the exams; one of `dashboard.session.order.ORDERS`.
    look_first : str
        For which cases the score waits for an impression: "mammograms", "always" or "never".
    tour : int or None
        Which step of the tour is shown; None while there is none.
    heard, doubted : set of str
        Keys of the cases that the model has read, so that its answers are at hand; and of those whose reading was put to the test.
    """

    plain: str | None = None
    order: str = "arrival"
    look_first: str = "mammograms"
    tour: int | None = None
    heard: set[str] = field(default_factory=set)
    doubted: set[str] = field(default_factory=set)
    _before_tour: str = "mammograms"
    _to_read: bool = False

    def take_order(self, widget: str) -> None:
        """Take the order from its widget."""
        self.order = st.session_state[widget]

    def go_on_tour(self, step: int | None) -> None:
        """Go to a step of it, or end it. While it lasts, every score waits for an impression; afterwards the setting is as before."""
        if step is not None and self.tour is None:
            self._before_tour, self.look_first = self.look_first, "always"
        if step is None and self.tour is not None:
            self.look_first = self._before_tour
        self.tour = step

    def go_to_read(self) -> None:
        """Ask for the Read page; a callback cannot change the page itself."""
        self._to_read = True

    def going_to_read(self) -> bool:
        """Whether that was asked; asked once, answered once."""
        asked, self._to_read = self._to_read, False
        return asked
