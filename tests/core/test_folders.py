from pathlib import Path

import pytest

from core import folders

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """The package as a wheel installs it: no pyproject.toml above it."""
    package = tmp_path / "site-packages" / "core"
    package.mkdir(parents=True)
    monkeypatch.setattr(folders, "PACKAGE", package)
    monkeypatch.setenv("SECOND_READER_HOME", str(tmp_path / "home"))
    return package


def test_a_checkout_uses_its_own_checkpoints_and_runs(monkeypatch):
    monkeypatch.delenv("SECOND_READER_CHECKPOINTS", raising=False)
    monkeypatch.delenv("SECOND_READER_RUNS", raising=False)
    monkeypatch.chdir("/")
    assert folders.checkpoints_folder() == ROOT / "checkpoints"
    assert folders.runs_folder() == ROOT / "runs"


def test_an_installed_package_uses_its_own_checkpoints_and_the_users_folder(installed, tmp_path, monkeypatch):
    monkeypatch.delenv("SECOND_READER_CHECKPOINTS", raising=False)
    assert folders.checkout() is None
    assert folders.checkpoints_folder() == installed / "checkpoints"
    assert folders.runs_folder() == tmp_path / "home" / "runs"


@pytest.mark.parametrize(
    ("variable", "folder"),
    [
        ("SECOND_READER_HOME", folders.user_folder),
        ("SECOND_READER_CHECKPOINTS", folders.checkpoints_folder),
        ("SECOND_READER_RUNS", folders.runs_folder),
        ("SECOND_READER_SAVED", folders.saved_folder),
        ("SECOND_READER_CACHE", folders.cache_folder),
        ("SECOND_READER_WEIGHTS", folders.weights_folder),
        ("SECOND_READER_DATA", folders.data_folder),
    ],
)
def test_a_variable_moves_each_folder(variable, folder, tmp_path, monkeypatch):
    monkeypatch.setenv(variable, str(tmp_path))
    assert folder() == tmp_path
    monkeypatch.setenv(variable, "~/second-reader")
    assert folder() == Path.home() / "second-reader"


def test_the_users_folder_is_that_of_the_platform_and_holds_the_rest(monkeypatch):
    for variable in ("SECOND_READER_HOME", "SECOND_READER_SAVED", "SECOND_READER_CACHE", "SECOND_READER_WEIGHTS", "SECOND_READER_DATA"):
        monkeypatch.delenv(variable, raising=False)
    home = folders.user_folder()
    assert home.is_absolute()
    assert home.name == "second-reader"
    assert (folders.saved_folder(), folders.cache_folder()) == (home / "saved", home / "grids")
    assert (folders.weights_folder(), folders.data_folder()) == (None, None)
