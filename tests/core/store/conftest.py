"""A folder of its own for each test, and a small phantom view."""

import pytest

from core.datasets.phantom import dicom_bytes, draw, plan_exam
from core.scans import read_scan


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """Where kept cases go in this test; it does not exist yet."""
    monkeypatch.setenv("SECOND_READER_SAVED", str(tmp_path / "saved"))
    return tmp_path / "saved"


@pytest.fixture(scope="session")
def phantom():
    """Two views of a small phantom exam."""
    return tuple(read_scan(dicom_bytes(draw(plan_exam(4, 2), side, "MLO", "small"))) for side in "RL")
