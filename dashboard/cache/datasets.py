"""Runs and data sets on this machine: their caches, bounded and keyed by what the files are."""

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from core.folders import checkpoints_folder, data_folder, runs_folder, user_folder
from dashboard.cache.keys import HASH_FUNCS
from dashboard.images.render import grey, jpeg, shrink

if TYPE_CHECKING:
    import pandas as pd

    from core.datasets.audit import Finding
    from core.datasets.data_card import DataCard
    from core.datasets.manifest import Manifest


def runs() -> dict[str, Path]:
    """Folders with a history.csv, newest first: those of the runs folder, then the checkpoints."""
    folders = [p.parent for p in runs_folder().glob("**/history.csv")]
    folders.sort(key=lambda p: (p / "history.csv").stat().st_mtime_ns, reverse=True)
    shipped = sorted(p.parent for p in checkpoints_folder().glob("*/history.csv"))
    return {f"runs/{p.relative_to(runs_folder()).as_posix()}": p for p in folders} | {f"checkpoints/{p.name}": p for p in shipped}


def run_history(folder: Path) -> "pd.DataFrame | None":
    """history.csv of a run as a DataFrame; None while its first epoch lasts."""
    from core.training.runs import read_history

    return read_history(folder)


def run_recipe(folder: Path) -> dict[str, object]:
    """A run's recipe, tables flattened to dotted keys; empty where it cannot be read."""
    try:
        table = tomllib.loads((folder / "recipe.toml").read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    flat = {k: v for k, v in table.items() if not isinstance(v, dict)}
    return flat | {f"{k}.{inner}": v for k, t in table.items() if isinstance(t, dict) for inner, v in t.items()}


def data_folders() -> list[str]:
    """Folders below SECOND_READER_DATA that hold images of a known layout, and the phantoms that were drawn here."""
    from core.datasets.sources import ADAPTERS

    root = data_folder()
    below = sorted(p for p in root.iterdir() if p.is_dir()) if root and root.is_dir() else []
    return [p.as_posix() for p in (*below, drawn_folder()) if p.is_dir() and any(a.recognises(p) for a in ADAPTERS)]


def drawn_folder() -> Path:
    """Where the dashboard draws phantoms to try it with."""
    return user_folder() / "phantoms"


@st.cache_resource(max_entries=4, ttl=3600, show_spinner="Looking through the folder")
def dataset(folder: str, space: str | None) -> "tuple[Manifest, DataCard]":
    """(Manifest, DataCard) of a folder."""
    from core.datasets.data_card import DataCard
    from core.datasets.sources import open_folder
    from core.labels import SPACES

    manifest = open_folder(Path(folder).expanduser(), SPACES.get(space) if space else None)
    return manifest, DataCard.of(manifest)


@st.cache_data(max_entries=4, show_spinner=False, hash_funcs=HASH_FUNCS)
def audited(manifest: "Manifest", _progress: Callable[[int, int], None]) -> "tuple[Finding, ...]":
    """What `core.datasets.audit.audit` finds."""
    from core.datasets.audit import audit

    return audit(manifest, progress=_progress)


@st.cache_data(max_entries=256, show_spinner=False, hash_funcs=HASH_FUNCS)
def item_image(path: Path) -> bytes | None:
    """A JPEG of an image file for the gallery; None where it cannot be read."""
    from core.errors import SecondReaderError
    from core.scans import read_scan

    try:
        return jpeg(shrink(grey(read_scan(path.read_bytes()).display()), 260))
    except (SecondReaderError, OSError):
        return None


def recipes() -> list[str]:
    """Names of the shipped recipes."""
    from core.training.recipe import shipped_recipes

    return shipped_recipes()


@st.cache_data(max_entries=16, show_spinner="Augmenting the image", hash_funcs=HASH_FUNCS)
def augmented(path: Path, recipe_name: str, seed: int, count: int) -> tuple[list[bytes], tuple[int, int]]:
    """JPEGs of an image's grid, unaltered and with `count` random augmentations of a recipe, and the grid's rows and columns."""
    import numpy as np

    from core.scans import read_scan
    from core.training.augment import augment
    from core.training.recipe import load_recipe

    recipe = load_recipe(recipe_name)
    grid = recipe.input.grid(read_scan(path.read_bytes(), path.name))[0]
    changed = (augment(grid, recipe.augment, np.random.default_rng((seed, n))) for n in range(count))
    return [jpeg(shrink(grey(x), 320)) for x in (grid.astype(np.float32) / 65535, *changed)], recipe.input.size
