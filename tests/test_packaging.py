"""pyproject.toml, the pinned requirements and the wheel agree."""

import ast
import re
import subprocess
import sys
import tomllib
import zipfile
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
NEEDED = [Requirement(r) for r in PROJECT["dependencies"]]
EXTRA = [Requirement(r) for extra in PROJECT["optional-dependencies"].values() for r in extra]


def pins(file):
    lines = (line.split("#")[0].strip() for line in (ROOT / file).read_text("utf-8").splitlines())
    return {canonicalize_name(r.name): r for r in (Requirement(x) for x in lines if x and not x.startswith("-"))}


@pytest.mark.parametrize("file", ["requirements.txt", "requirements-dev.txt"])
def test_every_requirement_is_pinned_to_one_version(file):
    for requirement in pins(file).values():
        assert [s.operator for s in requirement.specifier] == ["=="], requirement


@pytest.mark.parametrize(("file", "declared"), [("requirements.txt", NEEDED), ("requirements-dev.txt", EXTRA)])
def test_each_dependency_is_pinned_within_its_declared_range(file, declared):
    pinned = pins(file)
    for requirement in declared:
        pin = pinned[canonicalize_name(requirement.name)]
        assert requirement.specifier.contains(next(iter(pin.specifier)).version), f"{pin} is outside {requirement}"
        assert pin.extras == requirement.extras


def test_requirements_txt_pins_the_declared_dependencies_and_nothing_else():
    assert set(pins("requirements.txt")) == {canonicalize_name(r.name) for r in NEEDED}


def test_every_imported_library_is_declared():
    declared = {canonicalize_name(r.name) for r in (*NEEDED, *EXTRA)}
    distributions = packages_distributions()
    for path in sorted(p for package in ("core", "dashboard") for p in (ROOT / package).rglob("*.py") if "node_modules" not in p.parts):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            names += [node.module] if isinstance(node, ast.ImportFrom) and node.module else []
            for top in {n.split(".")[0] for n in names} - set(sys.stdlib_module_names) - {"core", "dashboard"}:
                owners = {canonicalize_name(d) for d in distributions.get(top, [])}
                assert owners & declared, f"{path.relative_to(ROOT)} imports {top}, which pyproject.toml does not declare"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder], cwd=ROOT, check=True, capture_output=True)
    with zipfile.ZipFile(next(folder.glob("*.whl"))) as archive:
        yield archive


def test_the_wheel_holds_every_file_the_packages_need(wheel):
    paths = (
        p.relative_to(ROOT).as_posix() for folder in ("core", "dashboard", "checkpoints") for p in (ROOT / folder).rglob("*") if p.is_file()
    )
    expected = {re.sub("^checkpoints/", "core/checkpoints/", p) for p in paths if "/frontend/" not in p and "__pycache__" not in p}
    assert expected <= set(wheel.namelist())
    assert {"core/py.typed", "dashboard/.streamlit/config.toml", "dashboard/viewer/build/viewer.js"} <= expected
    assert any(f.startswith("core/checkpoints/") and f.endswith("/card.json") for f in expected)


def test_the_wheel_holds_nothing_but_the_packages_and_its_metadata(wheel):
    assert {name.split("/")[0] for name in wheel.namelist()} == {"core", "dashboard", f"second_reader-{PROJECT['version']}.dist-info"}
    assert not [name for name in wheel.namelist() if "/frontend/" in name or "__pycache__" in name]


def test_the_command_is_an_entry_point(wheel):
    entry_points = wheel.read(f"second_reader-{PROJECT['version']}.dist-info/entry_points.txt").decode()
    assert "second-reader = core.cli.main:main" in entry_points
