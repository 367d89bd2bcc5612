"""The REST interface in this process, with a key for each role, and phantoms to send."""

import hashlib

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from core.datasets.phantom import dicom_bytes, draw, plan_exam
from dashboard import api
from dashboard.api import callers, work
from dashboard.api.results import Results

KEYS = {"ris": "reader", "other": "reader", "school": "teacher", "it": "admin"}


@pytest.fixture
def server(tmp_path, monkeypatch):
    """Writes server.toml: keys named as in KEYS, whose secrets are their names, and what else is given."""
    file = tmp_path / "server.toml"
    monkeypatch.setenv("SECOND_READER_SERVER", str(file))
    monkeypatch.setenv("SECOND_READER_AUDIT_LOG", str(tmp_path / "audit.jsonl"))
    monkeypatch.setattr(work, "results", Results())
    monkeypatch.setattr(callers, "_requests", callers.RateLimit())
    monkeypatch.setattr(callers, "_failures", callers.RateLimit())

    def write(more=""):
        keys = "".join(
            f'[[api_keys]]\nname = "{n}"\nrole = "{r}"\nsha256 = "{hashlib.sha256(n.encode()).hexdigest()}"\n' for n, r in KEYS.items()
        )
        file.write_text(f"{more}\n{keys}")
        return tmp_path

    write()
    return write


@pytest.fixture
def as_caller(server):
    """A client with the key of a caller; None: without one."""

    def client(name):
        headers = {"Authorization": f"Bearer {name}"} if name else {}
        return TestClient(Starlette(routes=[api.route()]), headers=headers, raise_server_exceptions=False)

    return client


@pytest.fixture
def ris(as_caller):
    return as_caller("ris")


@pytest.fixture(scope="session")
def phantoms():
    """Two DICOM files of one exam."""
    exam = plan_exam(6, 3)
    return [dicom_bytes(draw(exam, side, "MLO", "small")) for side in "LR"]
