"""What `streamlit run` starts: the pages, the viewer's script, the pixels it shows, and the REST interface."""

from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware
from starlette.routing import Route

from dashboard import api, http_guard
from dashboard.cache import pixels
from dashboard.session import leftovers
from dashboard.viewer import bundle

http_guard.check_address()
leftovers.sweep()
leftovers.resume_sending()
app = st.App(
    Path(__file__).with_name("main.py"),
    routes=[Route("/pixels/{token}", pixels.serve), Route("/viewer/{name}", bundle.serve), api.route()],
    middleware=[Middleware(http_guard.Guard, settings=http_guard.settings()), Middleware(pixels.BrowserCookie)],
)
