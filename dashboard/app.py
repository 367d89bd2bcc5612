"""What `streamlit run` starts: the pages, and the viewer's script and the pixels it shows."""

from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware
from starlette.routing import Route

from dashboard.cache import pixels
from dashboard.session import leftovers, sending
from dashboard.viewer import bundle

leftovers.sweep()
sending.resume()
app = st.App(
    Path(__file__).with_name("main.py"),
    routes=[Route("/pixels/{token}", pixels.serve), Route("/viewer/{name}", bundle.serve)],
    middleware=[Middleware(pixels.BrowserCookie)],
)
