"""Who may name folders of this machine and start programs on it: only the machine itself."""

import ipaddress
from pathlib import Path

import streamlit as st

from core.errors import DataError
from core.folders import data_folder
from dashboard.cache import datasets
from dashboard.phrases import data as text


def on_loopback() -> bool:
    """Whether the dashboard listens where no other machine reaches it (Streamlit's `server.address`)."""
    address = str(st.get_option("server.address") or "")
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return address == "localhost"


def checked(folder: str) -> str:
    """A typed folder as a path.

    Raises
    ------
    DataError
        If other machines reach the dashboard and the folder is not below SECOND_READER_DATA.
    """
    path, root = Path(folder).expanduser(), data_folder()
    offered = [p.resolve() for p in (root, datasets.drawn_folder()) if p]
    if not on_loopback() and not any(path.resolve().is_relative_to(p) for p in offered):
        raise DataError(text.OUTSIDE, text.OUTSIDE_REMEDY)
    return str(path)
