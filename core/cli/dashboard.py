"""app: the dashboard in the browser."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

from core.errors import SecondReaderError


def start(
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="Port; default: 8501, or the next free one.")] = None,
    address: Annotated[str | None, typer.Option(help="Address to listen on; default: this machine only (127.0.0.1).")] = None,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open a browser window.")] = False,
    options: Annotated[list[str] | None, typer.Argument(metavar="OPTION", help="Further options of `streamlit run`, after --.")] = None,
) -> int:
    """Start the dashboard."""
    found = importlib.util.find_spec("dashboard")  # found, not imported: core knows no user interface
    if found is None or found.origin is None:
        raise SecondReaderError("The dashboard is not installed.", "Install second-reader again.")
    flags = [f"--server.headless={str(not browser).lower()}"]
    flags += [f"--server.port={port}"] if port else []
    flags += [f"--server.address={address}"] if address else []
    command = [sys.executable, "-m", "streamlit", "run", str(Path(found.origin).with_name("app.py")), *flags, *(options or [])]
    if os.name == "posix":  # the same process, so that signals and the exit code are Streamlit's own
        os.execv(sys.executable, command)
    return subprocess.run(command).returncode
