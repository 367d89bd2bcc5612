"""receive, watch: mammograms come in by the DICOM network, or by a folder."""

import time
from collections import Counter
from pathlib import Path
from typing import Annotated

import typer

from core.cli.output import echo

LOOK_S = 2.0  # seconds between two looks at a folder


def receive() -> None:
    """Receive mammograms by C-STORE into the inbox, until interrupted; the dashboard opens them.

    Titles, port, limits and quota: docs/hospital.md.
    """
    from core.exchange import require
    from core.exchange.settings import load_settings

    require()
    from core.exchange.receiver import SWEEP_S, StoreReceiver

    settings = load_settings()
    with StoreReceiver(settings, echo) as receiver:
        at = f"{settings.receiver.host}:{settings.receiver.port}"
        echo(f"Receiving as {', '.join(settings.receiver.titles)} on {at} into {settings.inbox.folder}.")
        while True:
            receiver.sweep()
            time.sleep(SWEEP_S)


def watch(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder; those below it are watched too.")],
) -> None:
    """Copy the mammograms that appear in a folder into the inbox, until interrupted; the dashboard opens them.

    Nothing in the folder is changed. DICOM files only.
    """
    from core.exchange import inbox
    from core.exchange.settings import load_settings
    from core.exchange.watch import FolderWatch

    settings = load_settings()
    found = FolderWatch(folder, settings.inbox)
    echo(f"Watching {folder}; images go into {settings.inbox.folder}.")
    before: Counter[str] = Counter()
    while True:
        inbox.sweep(settings.inbox)
        outcomes = found.look()
        if outcomes and outcomes != before:
            echo(", ".join(f"{n} {'files' if n > 1 else 'file'}: {what}" for what, n in outcomes.items()))
        before = outcomes
        time.sleep(LOOK_S)
