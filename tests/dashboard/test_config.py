"""What the shipped configuration promises, and what the code may not do."""

import ast
import re
import tomllib
from pathlib import Path

import pytest

DASHBOARD = Path(__file__).resolve().parents[2] / "dashboard"
SOURCES = [p for p in DASHBOARD.rglob("*.py") if "node_modules" not in p.parts]


def test_configuration_values():
    config = tomllib.loads((DASHBOARD / ".streamlit" / "config.toml").read_text())
    assert config["browser"]["gatherUsageStats"] is False
    assert config["server"]["address"] == "127.0.0.1"
    assert config["server"]["maxUploadSize"] <= 200
    assert config["server"]["fileWatcherType"] == "none"
    # viewer: its menu, which the stylesheet hides, changes the theme
    assert config["client"] == {"showErrorDetails": "none", "showErrorLinks": False, "toolbarMode": "viewer"}
    assert config["runner"]["postScriptGC"] is False
    assert "http" not in (DASHBOARD / ".streamlit" / "config.toml").read_text().replace("# ", "")


def luminance(colour):
    """Relative luminance of "#rrggbb" (WCAG 2.2)."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(a, b):
    high, low = sorted((luminance(a), luminance(b)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_both_themes_are_readable(theme):
    colours = tomllib.loads((DASHBOARD / ".streamlit" / "config.toml").read_text())["theme"][theme]
    for background in (colours["backgroundColor"], colours["secondaryBackgroundColor"], colours["sidebar"]["backgroundColor"]):
        assert contrast(colours["textColor"], background) >= 7
        assert contrast(colours["linkColor"], background) >= 7
    assert contrast("#ffffff", colours["primaryColor"]) >= 4.5  # the words on a primary button


def calls(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), {k.arg: ast.unparse(k.value) for k in node.keywords}


def test_every_cache_is_bounded_and_in_one_folder():
    for path in SOURCES:
        for name, keywords in calls(path):
            if name in ("st.cache_data", "st.cache_resource"):
                assert path.parent.name == "cache"
                assert "max_entries" in keywords


def test_no_unsafe_html_and_no_foreign_session_state():
    for path in SOURCES:
        text = path.read_text()
        assert "unsafe_allow_html" not in text
        assert "components.v1" not in text
        if path.name != "worklist.py":
            assert not re.search(r"session_state(\[.*?\]\s*[-|+&]?=[^=]|\.\w+\s*=[^=]|\.(update|setdefault|pop|clear)\()", text), path.name
