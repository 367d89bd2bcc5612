"""Fixtures that every folder of tests may use."""

import os
from pathlib import Path

import pytest

# Two cores are typical of the machines that run this suite; more threads only wait for each other.
os.environ.setdefault("OMP_NUM_THREADS", "2")


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real data sets in SECOND_READER_DATA; without it the test is skipped and says so."""
    folder = os.environ.get("SECOND_READER_DATA")
    if not folder or not Path(folder).is_dir():
        pytest.skip("needs real data: set SECOND_READER_DATA to the unpacked folder")
    return Path(folder)


@pytest.fixture(autouse=True, scope="session")
def _own_user_folder(tmp_path_factory):
    """Keep the salt and caches of the tests out of the user's own folder."""
    os.environ["SECOND_READER_HOME"] = str(tmp_path_factory.mktemp("second-reader-home"))
