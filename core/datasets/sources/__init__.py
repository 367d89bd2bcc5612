"""The layouts that users download, each turned into a Manifest. One table says in which order they are tried. No torch."""

from dataclasses import replace
from pathlib import Path

from core.datasets.manifest import Manifest
from core.datasets.sources import cbis_ddsm, class_folders, inbreast, mini_mias, phantoms, roboflow, tables
from core.errors import DataError
from core.labels import LabelSpace

ADAPTERS = (phantoms, mini_mias, cbis_ddsm, inbreast, roboflow, tables, class_folders)  # each: recognises(folder), read(folder, space)
EXPECTED = (
    "Expected: phantoms.csv; mini-MIAS with Info.txt; CBIS-DDSM with its description CSVs; INbreast with INbreast.csv; a Roboflow export; "
    "one folder a class, with or without train/valid/test; a CSV with the columns path and label; or a folder of such folders."
)


def open_folder(folder: Path, space: LabelSpace | None = None) -> Manifest:
    """Recognise the layout of a folder and list its images. `space` replaces the source's own label space.

    A folder whose sub-folders are known layouts is pooled.

    Raises
    ------
    DataError
        If the folder does not exist, holds no known layout or no images, or a label is not in the space.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise DataError(f"There is no folder {folder}.", "Correct the path after --data.")
    manifest = _open(folder, space) or _pool(folder, space)
    if manifest is None:
        raise DataError(f"The layout of {folder} is not known.", EXPECTED)
    if not manifest.items:
        raise DataError(f"The folder {folder} holds no images with a label of the label space.", "Check that the download is complete.")
    return manifest


def _open(folder: Path, space: LabelSpace | None) -> Manifest | None:
    adapter = next((a for a in ADAPTERS if a.recognises(folder)), None)
    return adapter.read(folder, space) if adapter else None


def _pool(folder: Path, space: LabelSpace | None) -> Manifest | None:
    """All sub-folders of a known layout as one manifest; None where there are fewer than two."""
    parts = {d.name: m for d in sorted(folder.iterdir()) if d.is_dir() and (m := _open(d, space))}
    if len(parts) < 2:
        return None
    spaces = {m.space.name: m.space for m in parts.values()}
    if len(spaces) > 1:
        raise DataError(
            f"The folders of {folder.name} have different label spaces: {', '.join(sorted(spaces))}.", "Name one with --label-space."
        )
    if len({m.synthetic for m in parts.values()}) > 1:
        raise DataError("The folder mixes mammograms with phantoms.", "Keep them in folders of their own: a model is for one of the two.")
    first = next(iter(parts.values()))
    # Their own splits are given up: one part that has a split and one that has none cannot be split together.
    items = (
        replace(i, path=f"{name}/{i.path}", masks=tuple(f"{name}/{mask}" for mask in i.masks), split=None)
        for name, m in parts.items()
        for i in m.items
    )
    return Manifest(
        folder,
        first.space,
        tuple(items),
        terms=" ".join(dict.fromkeys(m.terms for m in parts.values())),
        synthetic=first.synthetic,
        traps=tuple(f"{name}: {trap}" for name, m in parts.items() for trap in m.traps),
    )
