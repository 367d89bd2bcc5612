"""app: the dashboard in the browser."""

import importlib.util
import os
import subprocess
import sys
import webbrowser
from pathlib import Path
from typing import Annotated

import typer

from core.errors import SecondReaderError


def start(
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="Port; default: 8501, or the next free one.")] = None,
    address: Annotated[str | None, typer.Option(help="Address to listen on; default: this machine only (127.0.0.1).")] = None,
    allow_network: Annotated[
        bool, typer.Option("--allow-network", help="Listen on an address that other machines reach, although nobody signs in.")
    ] = False,
    browser: Annotated[bool | None, typer.Option("--browser/--no-browser", help="Open a browser; default: where there is one.")] = None,
    options: Annotated[list[str] | None, typer.Argument(metavar="OPTION", help="Further options of `streamlit run`, after --.")] = None,
) -> int:
    """Start the dashboard, print its address, and open it in the browser."""
    found = importlib.util.find_spec("dashboard")  # found, not imported: core knows no user interface
    if found is None or found.origin is None:
        raise SecondReaderError("The dashboard is not installed.", "Install second-reader again.")
    flags = [f"--server.headless={str(not (_has_browser() if browser is None else browser)).lower()}"]
    flags += [f"--server.port={port}"] if port else []
    flags += [f"--server.address={address}"] if address else []
    command = [sys.executable, "-m", "streamlit", "run", str(Path(found.origin).with_name("app.py")), *flags, *(options or [])]
    if allow_network:
        from core.service.settings import NETWORK

        os.environ[NETWORK] = "1"
    if os.name == "posix":  # the same process, so that signals and the exit code are Streamlit's own
        os.execv(sys.executable, command)
    return subprocess.run(command).returncode


def _has_browser() -> bool:
    """Whether somebody sits at a terminal of a machine that can open a window with a browser."""
    if not _has_terminal() or os.environ.get("SSH_CONNECTION") or os.environ.get("CI"):
        return False
    if sys.platform.startswith("linux") and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        return False
    try:
        webbrowser.get()
    except webbrowser.Error:
        return False
    return True


def _has_terminal() -> bool:
    return sys.stdout.isatty()
