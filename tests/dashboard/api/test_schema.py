"""What the schema allows, and what it does not, never makes the server fail; the examples of docs/api.md run as they stand."""

import os
import re
import socket
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest
import schemathesis
import uvicorn
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance
from starlette.applications import Starlette

from dashboard import api

DOCS = Path(__file__).resolve().parents[3] / "docs" / "api.md"


@pytest.fixture
def schema(server):
    from dashboard.api.app import app

    server("[limits]\nrequests_per_minute = 100000\n")
    return schemathesis.openapi.from_asgi("/openapi.json", app)


@pytest.mark.parametrize("mode", list(GenerationMode))
def test_nothing_that_is_sent_makes_the_server_fail(schema, mode):
    tried = 0
    for operation in (found.ok() for found in schema.get_all_operations()):

        @settings(max_examples=8, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
        @given(case=operation.as_strategy(generation_mode=mode))
        def check(case):
            nonlocal tried
            tried += 1
            response = case.call(headers={"Authorization": "Bearer it"})
            case.validate_response(response, checks=[not_a_server_error, response_schema_conformance, content_type_conformance])

        with suppress(Unsatisfiable):  # an operation without parameters has no wrong ones
            check()
    assert tried > 10


@pytest.fixture
def address(server):
    """A real server on a free port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    running = uvicorn.Server(uvicorn.Config(Starlette(routes=[api.route()]), port=port, log_level="critical", lifespan="off"))
    thread = threading.Thread(target=running.run, daemon=True)
    thread.start()
    while not running.started:
        time.sleep(0.05)
    yield f"http://127.0.0.1:{port}"
    running.should_exit = True
    thread.join(20)


@pytest.mark.parametrize("language", ["sh", "python"])
def test_the_examples_of_the_documentation_run(address, phantoms, tmp_path, language):
    (code,) = re.findall(rf"```{language}\n(.*?)```", DOCS.read_text("utf-8"), re.S)
    for name, data in zip(("image.dcm", "second.dcm"), phantoms, strict=True):
        (tmp_path / name).write_bytes(data)
    environment = os.environ | {"SECOND_READER_URL": address, "SECOND_READER_KEY": "ris"}
    command = ["sh", "-c", code] if language == "sh" else [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=200)
    assert done.returncode == 0, done.stderr
    assert '"score":' in done.stdout if language == "sh" else done.stdout.count("image/png") == 2
