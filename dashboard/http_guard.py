"""What every answer of the server carries, and what the server refuses: security headers, foreign hosts, the metrics page."""

import hashlib
import ipaddress
import re
import socket
import sys
from base64 import b64encode
from functools import cache
from importlib.resources import files

import streamlit as st
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from core.service.settings import NETWORK, ServerError, ServerSettings, load_settings, network_allowed
from dashboard.data.access import on_loopback

LOCAL_NAMES = ("localhost", "localhost.localdomain")
CLOSED = ("/_stcore/metrics",)  # how many sessions are open, and what they hold, is nobody's business
OPEN_TO_NETWORK = (
    "The dashboard listens on {address} without sign-in: everybody who reaches this port can open images, see results and saved exams, "
    "and delete them, and what is sent is not encrypted. Put a proxy with TLS and sign-in before it."
)
NOT_ALLOWED = (
    "second-reader: The dashboard would listen on {address}, where other machines reach it without sign-in. "
    "Leave the address out, or allow it with --allow-network (or {variable}=1)."
)


class Guard:
    """ASGI middleware around everything the server answers, web sockets included."""

    def __init__(self, app: ASGIApp, settings: ServerSettings) -> None:
        self.app = app
        self._hosts = {*LOCAL_NAMES, socket.gethostname().lower(), *(h.lower() for h in settings.hosts)}
        self._headers = headers(settings)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what is allowed, with the headers; refuse the rest."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
        elif not self._known(Headers(scope=scope).get("host", "")):
            await self._refuse(scope, receive, send, 400, "This server does not answer to that name.")
        elif scope["type"] == "http" and scope["path"].rstrip("/").endswith(CLOSED):
            await self._refuse(scope, receive, send, 404, "Not Found")
        elif scope["type"] == "websocket":
            await self.app(scope, receive, send)
        else:
            await self.app(scope, receive, self._with_headers(send))

    def _known(self, host: str) -> bool:
        """A name of this server, or an address: a foreign page that points its own name here (DNS rebinding) has only a name."""
        name = re.sub(r":\d+$", "", host).strip("[]").lower()
        try:
            ipaddress.ip_address(name)
        except ValueError:
            return name in self._hosts
        return True

    async def _refuse(self, scope: Scope, receive: Receive, send: Send, status: int, text: str) -> None:
        if scope["type"] == "websocket":
            await receive()  # the request to connect
            await send({"type": "websocket.close", "code": 1008})
        else:
            await PlainTextResponse(text, status)(scope, receive, self._with_headers(send))

    def _with_headers(self, send: Send) -> Send:
        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                found = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    found.setdefault(name, value)
            await send(message)

        return sending


def headers(settings: ServerSettings) -> dict[str, str]:
    """The headers of every answer."""
    ancestors = " ".join(("'self'", *settings.frame_ancestors)) if settings.frame_ancestors else "'none'"
    policy = {
        "default-src": "'self'",
        "script-src": f"'self' blob: {_inline_scripts()}",  # Streamlit loads the scripts of components from blob: addresses
        "style-src": "'self' 'unsafe-inline'",  # its styles are written into the page
        "img-src": "'self' data: blob:",
        "font-src": "'self' data:",
        "media-src": "'self' data: blob:",
        "connect-src": "'self' blob: data:",
        "worker-src": "'self' blob:",
        "object-src": "'none'",
        "base-uri": "'self'",
        "form-action": "'self'",
        "frame-ancestors": ancestors,
    }
    found = {
        "Content-Security-Policy": "; ".join(f"{name} {value}" for name, value in policy.items()),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
    }
    return found if settings.frame_ancestors else found | {"X-Frame-Options": "DENY"}


@cache
def _inline_scripts() -> str:
    """Hashes of the scripts in Streamlit's own page; no other inline script runs."""
    page = (files("streamlit") / "static" / "index.html").read_text("utf-8")
    scripts = re.findall(r"<script>(.*?)</script>", page, re.S)
    return " ".join(f"'sha256-{b64encode(hashlib.sha256(s.encode()).digest()).decode()}'" for s in scripts)


def settings() -> ServerSettings:
    """The settings of the server; SystemExit with the reason where they are wrong, so that no guard is missing."""
    try:
        return load_settings()
    except ServerError as e:
        sys.exit(f"second-reader: {e}")


def check_address() -> None:
    """Say what an address beyond this machine means; SystemExit where nobody has allowed it."""
    if on_loopback():
        return
    address = st.get_option("server.address") or "every address of this machine"
    if not network_allowed():
        sys.exit(NOT_ALLOWED.format(address=address, variable=NETWORK))
    print(OPEN_TO_NETWORK.format(address=address), file=sys.stderr, flush=True)
