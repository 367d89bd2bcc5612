"""Pixels by address: what the viewer fetches, who may fetch it, and for how long.

An address holds an unguessable token. It answers only to the browser whose cookie requested it, until the case is closed or
the session ends; every other request gets 404, so that nothing is learnt from asking.
"""

import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

COOKIE = "second_reader_browser"
MAX_ENTRIES = 1024  # a session: 48 cases of one image, five filters and some fifteen heatmaps each; the oldest make room
_HEADERS = {
    "Cache-Control": "no-store",  # a patient's pixels do not belong on the disk; the viewer keeps them in memory
    "Content-Encoding": "identity",  # gzip would take longer than the way it saves on a local line
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}


@dataclass(frozen=True)
class _Entry:
    browser: str
    case: str
    kind: str
    make: Callable[[], bytes]


_entries: dict[str, _Entry] = {}
_lock = threading.Lock()


class Ledger:
    """The addresses of one session. Bytes are made when they are fetched; nothing of them is kept here."""

    def __init__(self) -> None:
        self._tokens: dict[tuple[str, str, str, str], str] = {}  # oldest first
        self._ended = False

    def address(self, browser: str, case: str, kind: str, what: str, make: Callable[[], bytes]) -> str:
        """Address, relative to the page, of what `make` returns; the same arguments keep their address.

        `case` is a scan's sha256, `kind` is "mammogram" or "heat", `what` distinguishes the images or heatmaps of a case.
        """
        key = (browser, case, kind, what)
        with _lock:
            token = self._tokens.get(key)
            if token is None or token not in _entries:
                while len(self._tokens) >= MAX_ENTRIES:
                    self._drop(next(iter(self._tokens)))
                token = secrets.token_urlsafe(32)
                if not self._ended:
                    self._tokens[key], _entries[token] = token, _Entry(browser, case, kind, make)
        return f"pixels/{token}"

    def close(self, case: str | None = None, kind: str | None = None) -> None:
        """Withdraw the addresses of a case, of one kind or of all; without a case those of the whole session."""
        with _lock:
            for key in [k for k in self._tokens if case in (None, k[1]) and kind in (None, k[2])]:
                self._drop(key)

    def end(self) -> None:
        """The session is over: nothing of it is served any more, or again."""
        self.close()
        self._ended = True

    def _drop(self, key: tuple[str, str, str, str]) -> None:
        _entries.pop(self._tokens.pop(key), None)  # it may be withdrawn already


@st.cache_resource(max_entries=1, scope="session", on_release=Ledger.end, show_spinner=False)
def ledger() -> Ledger:
    """This session's addresses of pixels; withdrawn when the session ends."""
    return Ledger()


def withdraw(case: str, browser: str) -> None:
    """Withdraw the addresses of a case in all sessions of a browser: it was closed in one of them."""
    with _lock:
        for token in [t for t, e in _entries.items() if e.case == case and e.browser == browser]:
            del _entries[token]


def browser() -> str | None:
    """Name of the browser that this session belongs to; None where it sent no cookie."""
    return dict(st.context.cookies).get(COOKIE)


async def serve(request: Request) -> Response:
    """The route `/pixels/{token}`."""
    entry = _entries.get(request.path_params["token"])
    if entry is None or not secrets.compare_digest(request.cookies.get(COOKIE, "").encode(), entry.browser.encode()):
        return Response(status_code=404, headers=_HEADERS)
    return Response(await run_in_threadpool(entry.make), media_type="application/octet-stream", headers=_HEADERS)


class BrowserCookie:
    """ASGI middleware: gives a browser that opens a page a random name, which no script of the page can read."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, and add the cookie to the answer where the browser brings none."""
        if scope["type"] != "http" or not self._opens_a_page(scope):
            await self.app(scope, receive, send)
            return
        secure = "; Secure" if scope.get("scheme") == "https" else ""
        cookie = f"{COOKIE}={secrets.token_urlsafe(32)}; Path=/; HttpOnly; SameSite=Strict{secure}"

        async def with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", []), (b"set-cookie", cookie.encode())]
            await send(message)

        await self.app(scope, receive, with_cookie)

    @staticmethod
    def _opens_a_page(scope: Scope) -> bool:
        headers = dict(scope["headers"])
        return b"text/html" in headers.get(b"accept", b"") and f"{COOKIE}=".encode() not in headers.get(b"cookie", b"")
