"""data, audit, convert, phantom, cache: data folders and what becomes of them."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from core.cli import EXIT_FAILED, EXIT_UNREADABLE
from core.cli.options import DataFolder, Json, LabelSpaceName
from core.cli.output import echo, echo_json, progress, warn
from core.folders import cache_folder

if TYPE_CHECKING:
    from core.datasets.manifest import Manifest


def describe(folder: DataFolder, label_space: LabelSpaceName = None, json: Json = False) -> None:
    """Describe a data folder.

    Prints its classes, sources, patients, terms of use and known problems.
    """
    from core.datasets.data_card import DataCard

    card = DataCard.of(open_manifest(folder, label_space))
    if json:
        echo_json(asdict(card))
    else:
        echo(*card.lines())


def audit(
    folder: DataFolder,
    label_space: LabelSpaceName = None,
    pairs: Annotated[int, typer.Option(min=0, metavar="N", help="Pairs of files to print for each finding.")] = 10,
    json: Json = False,
) -> int:
    """Audit a data folder for data leakage.

    Looks for patients in two splits, duplicates and confounding. Exit code 1 where something leaks.
    """
    from core.datasets.audit import audit

    manifest = open_manifest(folder, label_space)
    with progress("image", "reading", len(manifest.items)) as show:
        findings = audit(manifest, masks=True, progress=show)
    if json:
        echo_json([asdict(f) for f in findings])
    else:
        for f in findings:
            echo(f"{'LEAKAGE' if f.stops else 'note'}: {f.sentence}", *(f"    {one}  |  {other}" for one, other in f.pairs[:pairs]))
            if len(f.pairs) > pairs:
                echo(f"    … and {len(f.pairs) - pairs} more")
        if not findings:
            echo(f"Nothing found in {len(manifest.items)} images.")
    return EXIT_FAILED if any(f.stops for f in findings) else 0


def convert(
    source: Annotated[Path, typer.Argument(metavar="IN", help="Folder of DICOM or other image files.")],
    out: Annotated[Path, typer.Argument(metavar="OUT", help="Folder of the converted images and their manifest.")],
    format: Annotated[Literal["png16", "png8", "jpeg"], typer.Option(help="File format.")] = "png16",
    size: Annotated[int | None, typer.Option(min=1, metavar="N", help="Longest side in pixels; default: unchanged.")] = None,
    keep_names: Annotated[
        bool, typer.Option("--keep-names", help="Write the original paths into the manifest; they may name patients.")
    ] = False,
) -> int:
    """Convert DICOM files to PNG or JPEG.

    Converts every file below a folder and writes a manifest for training. A second call continues where the first stopped.
    Exit code 2 where a file cannot be read.
    """
    from core.scans.convert import MANIFEST, convert

    with progress("file") as show:
        result = convert(source, out, form=format, size=size, keep_names=keep_names, progress=show)
    warn(*(f"{name}: {reason}" for name, reason in result.failed))
    echo(f"{out / MANIFEST}: {result.written} written, {result.present} there already, {len(result.failed)} skipped")
    return EXIT_UNREADABLE if result.failed else 0


def phantom(
    out: Annotated[Path, typer.Argument(metavar="OUT", help="Folder of the phantoms; it must not exist, or be empty.")],
    count: Annotated[int, typer.Option(min=1, metavar="N", help="Exams of four views.")] = 10,
    seed: Annotated[int, typer.Option(metavar="N", help="The same seed draws the same phantoms.")] = 0,
    size: Annotated[Literal["small", "full"], typer.Option(help="full: 2560 × 3328 pixels; small: for quick training.")] = "full",
    format: Annotated[Literal["dicom", "png", "both"], typer.Option(help="File format.")] = "dicom",
) -> None:
    """Draw synthetic mammograms.

    Their findings are known, so they check the software; they are no evidence about patients.
    """
    from core.datasets.phantom import make

    formats = ("dicom", "png") if format == "both" else (format,)
    with progress("exam", total=count) as show:
        folder = make(out, count, seed, size=size, formats=formats, progress=show)
    echo(str(folder))


def cache(clear: Annotated[bool, typer.Option("--clear", help="Delete them.")] = False) -> None:
    """Show the cache of decoded images."""
    from core.datasets.cache import clear_cache

    folder = cache_folder()
    files = [p for p in folder.glob("*") if p.is_file()]
    size = sum(p.stat().st_size for p in files)
    echo(f"{folder}: {sum(p.suffix == '.npy' for p in files)} data sets, {size / 1e6:.0f} MB")
    if clear:
        echo(f"removed {clear_cache() / 1e6:.0f} MB; images are decoded again when they are needed")


def open_manifest(folder: Path, label_space: str | None) -> "Manifest":
    from core.datasets.sources import open_folder
    from core.labels import SPACES

    if label_space is not None and label_space not in SPACES:
        raise typer.BadParameter(f"{label_space!r} is not one of {', '.join(SPACES)}.", param_hint="--label-space")
    return open_folder(folder, SPACES[label_space] if label_space else None)
