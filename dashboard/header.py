"""The right end of the header: intended use, dark or light, presenter mode, reset for the next visitor, About."""

from collections.abc import Mapping

import streamlit as st
from streamlit.navigation.page import Page

from dashboard import phrases
from dashboard.cache import predictions
from dashboard.phrases import navigation as text
from dashboard.session import worklist

# Streamlit changes the theme from its main menu alone: the button presses the menu's item, and the stylesheet hides the menu.
# The choice lies under one key for all pages; Streamlit's own key differs from address to address. Dark until somebody chooses.
_THEME = """
const CHOICE = "second-reader-theme";
let shown, enforced, emptied;

function press(theme) {
  const root = document.documentElement;
  root.classList.add("theme-changes");
  const menu = () => document.querySelector("[data-testid=stMainMenuButton]");
  const started = performance.now();
  const soon = (step) => (performance.now() - started < 3000 ? setTimeout(step, 30) : root.classList.remove("theme-changes"));
  const close = () => {
    if (menu()?.getAttribute("aria-expanded") !== "true") return root.classList.remove("theme-changes");
    menu().click();
    soon(close);
  };
  const choose = () => {
    const item = document.querySelector(`[data-testid="stMainMenuItem-theme-${theme}"]`);
    item?.click();
    soon(item ? close : choose);
  };
  menu()?.click();
  choose();
}

function afterwards(act) {
  const ended = document.querySelector("[data-testid=stApp]")?.dataset.testScriptState === "notRunning";
  ended ? act() : setTimeout(() => afterwards(act), 100);
}

function current(element) {
  const colour = getComputedStyle(element).getPropertyValue("--st-background-color").trim();
  const [r, g, b] = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
  return r + g + b > 382 ? "Light" : "Dark";
}

export default function ({ data, parentElement, setTriggerValue }) {
  const host = parentElement.host ?? parentElement;
  const wanted = data.theme ?? localStorage.getItem(CHOICE) ?? "Dark";
  const button = parentElement.querySelector("button");
  if (data.emptied && !emptied) afterwards(() => setTriggerValue("emptied", true));
  emptied = data.emptied;
  shown = current(host);
  if (enforced !== wanted) {
    enforced = wanted;
    if (shown !== wanted) press(wanted);
  }
  const label = (theme) => {
    button.textContent = theme === "Dark" ? "light_mode" : "dark_mode";
    button.title = theme === "Dark" ? data.light : data.dark;
    button.setAttribute("aria-label", button.title);
    document.documentElement.style.colorScheme = theme.toLowerCase(); // for drawers, which Streamlit draws outside the app
  };
  label(shown);
  button.onclick = () => {
    const next = current(host) === "Dark" ? "Light" : "Dark";
    localStorage.setItem(CHOICE, next);
    enforced = next;
    press(next);
    label(next);
  };
}
"""
_STYLE = """
button { all: unset; cursor: pointer; font-family: "Material Symbols Rounded"; font-size: 1.3rem; line-height: 1; padding: 0.3rem;
         color: var(--st-text-color); border-radius: 0.3rem; }
button:hover { background: var(--st-secondary-background-color); }
button:focus-visible { outline: 2px solid var(--st-primary-color); }
"""
_theme = st.components.v2.component("second_reader_theme", html="<button type='button'></button>", css=_STYLE, js=_THEME)
# 15 pixels otherwise; all sizes follow it. Captions are grey in the theme, too pale for a projector.
PRESENTER = """<style>
html { font-size: 19px !important; }
[data-testid="stCaptionContainer"], [data-testid="stMetricDelta"], [data-testid="stMetricLabel"],
[data-testid="stFileUploaderDropzoneInstructions"] * { color: #2b3134 !important; }
</style>"""


def render(pages: Mapping[str, Page], emptied: bool) -> None:
    """Draw it; `pages` are those of the navigation by name, `emptied` says that the page before had a sidebar and this one has none."""
    settings = worklist.settings()
    if settings.presenter:
        st.html(PRESENTER)
    with st.container(key="header", horizontal=True, vertical_alignment="center", gap="small", width="content"):
        st.caption(text.INTENDED_USE, width="content", help=phrases.FOOTER)
        if settings.presenter:
            _reset(pages)
        _theme_button("Light" if settings.presenter else None, emptied)
        with st.popover("", icon=":material/more_vert:", help=text.MORE, key="more", type="tertiary"):
            st.toggle(text.PRESENTER, settings.presenter, key="presenter", help=text.PRESENTER_HELP, on_change=_present)
            if not settings.presenter:
                _reset(pages)
            st.page_link(pages["about"])


@st.fragment
def _theme_button(theme: str | None, emptied: bool) -> None:
    """A fragment: Streamlit shows a sidebar that has become empty until some script has run once more, and this is the shortest."""
    data = {"theme": theme, "dark": text.DARK, "light": text.LIGHT, "emptied": emptied}
    _theme(key="theme", data=data, width="content", on_emptied_change=lambda: None)


def _present() -> None:
    worklist.settings().presenter = bool(st.session_state["presenter"])


def _reset(pages: Mapping[str, Page]) -> None:
    """The button that wipes the session; the presenter stays."""
    if st.button(text.RESET, key="reset", icon=":material/restart_alt:", help=text.RESET_HELP):
        presenter = worklist.settings().presenter
        worklist.reset()
        predictions.forget_scans()
        worklist.settings().presenter = presenter
        st.switch_page(pages["read"])
