"""Headers on every answer, foreign hosts, the metrics page, and the address that the server listens on."""

import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from core.service.settings import ServerSettings
from dashboard import http_guard

ROOT = Path(__file__).resolve().parents[2]


async def _page(request):
    return PlainTextResponse("page", headers={"Referrer-Policy": "same-origin"} if request.url.path == "/own" else {})


async def _socket(websocket):
    await websocket.accept()
    await websocket.send_text("open")
    await websocket.close()


def client(settings=None, base="http://localhost:8501"):
    routes = [WebSocketRoute("/_stcore/stream", _socket), Route("/{path:path}", _page)]
    return TestClient(Starlette(routes=routes, middleware=[Middleware(http_guard.Guard, settings=settings or ServerSettings())]), base)


def test_every_answer_has_the_headers():
    for path in ("/", "/pixels/none", "/_stcore/metrics"):
        found = client().get(path).headers
        assert found["x-content-type-options"] == "nosniff"
        assert found["referrer-policy"] == "no-referrer"
        assert found["x-frame-options"] == "DENY"
        policy = dict(p.strip().split(" ", 1) for p in found["content-security-policy"].split(";"))
        assert policy["default-src"] == "'self'"
        assert policy["frame-ancestors"] == policy["object-src"] == "'none'"
        assert "unsafe" not in policy["script-src"]
        assert re.search(r"'sha256-[\w+/]{43}='", policy["script-src"])
        assert not re.search(r"https?:|\*", found["content-security-policy"])
    assert client().get("/own").headers["referrer-policy"] == "same-origin"


def test_a_frame_is_allowed_by_setting_only():
    found = client(ServerSettings(frame_ancestors=("https://ris.example",))).get("/").headers
    assert "frame-ancestors 'self' https://ris.example" in found["content-security-policy"]
    assert "x-frame-options" not in found


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost:8501", 200),
        ("127.0.0.1:8501", 200),
        ("[::1]:8501", 200),
        ("10.0.0.5", 200),
        (socket.gethostname(), 200),
        ("reader.hospital.example", 200),
        ("READER.hospital.example:443", 200),
        ("evil.example", 400),
        ("localhost.evil.example", 400),
        ("127.0.0.1.evil.example:8501", 400),
        ("", 400),
    ],
)
def test_only_the_servers_own_names_are_answered(host, status):
    app = client(ServerSettings(hosts=("reader.hospital.example",)))
    assert app.get("/", headers={"Host": host}).status_code == status


def test_web_sockets_are_guarded_too():
    with client().websocket_connect("ws://localhost/_stcore/stream") as stream:
        assert stream.receive_text() == "open"
    with pytest.raises(WebSocketDisconnect), client().websocket_connect("ws://evil.example/_stcore/stream"):
        pass


@pytest.mark.parametrize("path", ["/_stcore/metrics", "/_stcore/metrics/", "/base/_stcore/metrics"])
def test_the_metrics_are_closed(path):
    assert client().get(path).status_code == 404


@pytest.mark.parametrize("address", ["0.0.0.0", "", "10.1.2.3"])
def test_another_address_needs_the_flag_and_is_explained(address, monkeypatch, capsys):
    monkeypatch.setattr(http_guard, "on_loopback", lambda: False)
    monkeypatch.setattr(http_guard.st, "get_option", lambda name: address)
    monkeypatch.delenv(http_guard.NETWORK, raising=False)
    with pytest.raises(SystemExit, match="--allow-network"):
        http_guard.check_address()
    monkeypatch.setenv(http_guard.NETWORK, "1")
    http_guard.check_address()
    assert "without sign-in" in capsys.readouterr().err


def test_wrong_settings_stop_the_start(tmp_path, monkeypatch):
    (tmp_path / "server.toml").write_text("frame_ancestors = ['*']")
    monkeypatch.setenv("SECOND_READER_SERVER", str(tmp_path / "server.toml"))
    with pytest.raises(SystemExit, match=r"frame_ancestors\.0 in"):
        http_guard.settings()


def test_the_command_refuses_an_open_address():
    """The whole way: the command, Streamlit's configuration, the app."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    environment.pop(http_guard.NETWORK, None)
    command = [sys.executable, "-m", "core", "app", "--no-browser", "--port", str(port), "--address", "0.0.0.0"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=240)
    assert done.returncode != 0
    assert "--allow-network" in done.stderr
    assert "Traceback" not in done.stderr
