"""notes: the score of a radiologist's description."""

import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Literal

import typer

from core.cli.input import table_bytes
from core.cli.options import Checkpoint, Json
from core.cli.output import echo, echo_json, interval, warn
from core.folders import runs_folder
from core.inference.score_text import against_threshold

app = typer.Typer(help="Score radiologists' descriptions.", rich_markup_mode=None)
Model = Annotated[Path | None, typer.Option(metavar="DIR", help="Folder of the note model; default: the shipped one.")]


@app.command()
def read(
    text: Annotated[str, typer.Argument(metavar="TEXT", help="The note; - reads standard input.")],
    model: Model = None,
    json: Json = False,
) -> None:
    """Score one note."""
    from core.notes.model import NoteModel

    loaded = NoteModel.load(model)
    found = loaded.read(sys.stdin.read() if text == "-" else text)
    if json:
        echo_json(asdict(found))
        return
    proxy = ", a proxy: it uses the BI-RADS assessment" if found.proxy else ""
    echo(f"score {against_threshold(found.score, loaded.card.threshold)} of {found.model}{proxy} (research use only)")
    echo(*(f"  {c.logit:+.2f}  {c.what}" for c in found.contributions[:8]))
    understood = found.understood
    for title, terms in (
        ("negated", [m.key for m in understood.mentions if m.negated]),
        ("corrected", [f"{a} → {b}" for a, b in understood.corrected]),
        ("not understood", understood.unknown),
    ):
        if terms:
            echo(f"  {title}: {', '.join(terms)}")


@app.command()
def table(
    table: Annotated[str, typer.Argument(metavar="IN.csv", help="A table with the column note; - reads standard input.")],
    out: Annotated[Path, typer.Argument(metavar="OUT.csv", help="The same table with scores.")],
    model: Model = None,
) -> None:
    """Score the notes of a table."""
    from core.files import csv_text, write_text
    from core.notes.model import NoteModel
    from core.notes.table import read_table, score_table

    scored = score_table(NoteModel.load(model), read_table(table_bytes(table)))
    write_text(out, csv_text(scored))
    echo(f"{out}: {len(scored)} notes, {int(scored['score'].isna().sum())} of them cannot be assessed")


@app.command()
def train(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder of the four description tables.")],
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="Default: cbis-notes in the runs folder.")] = None,
    subset: Annotated[Literal["pooled", "mass", "calcification"], typer.Option(help="Findings to train on.")] = "pooled",
    proxy: Annotated[bool, typer.Option("--proxy", help="Use the radiologist's BI-RADS assessment too: a proxy of the answer.")] = False,
) -> None:
    """Train a note model on CBIS-DDSM.

    Trains on its description tables and tests on the official test split.
    """
    from core.notes.train import train

    out = out or runs_folder() / "cbis-notes"
    model = train(folder, out, features="with-assessment" if proxy else "descriptors", subset=subset)
    if model.card.proxy:
        warn("PROXY: it uses the radiologist's own BI-RADS assessment.")
    for name, metrics in model.card.metrics.items():
        n = metrics["auroc"]
        echo(f"{name}: {n.n} rows of {n.n_patients} patients of the official test split")
        echo(*(f"  {metric:20} {interval(e)}" for metric, e in metrics.items()))
    echo(str(out))


@app.command()
def fuse(
    checkpoint: Checkpoint,
    data: Annotated[Path | None, typer.Option(metavar="DIR", help="Data folder with the notes of its images; phantoms need none.")] = None,
    model: Model = None,
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="Where fusion.json goes; default: the checkpoint's folder.")] = None,
    json: Json = False,
) -> None:
    """Combine image and note scores.

    The combination is fitted on validation and tested against either score alone.
    """
    from core.models.card import find_checkpoint
    from core.notes.fuse import fuse
    from core.notes.fusion import write_fusion
    from core.notes.model import NoteModel

    fusion = fuse(checkpoint, data, NoteModel.load(model))
    path = write_fusion(out or find_checkpoint(checkpoint), fusion)
    if json:
        echo_json(fusion.model_dump(mode="json"))
        return
    echo(*fusion.limits)
    for split, n in fusion.n.items():
        echo(f"{split}: {n['images']} images of {n['patients']} patients, {n['described']} of them with a note that can be scored")
    echo(f"log odds = {fusion.intercept:.3f} + {fusion.image:.3f} × image + {fusion.note:.3f} × note, threshold {fusion.threshold:.3f}")
    blocks = {f"test, {k}": (x, fusion.differences[k]) for k, x in fusion.figures.items()}
    control = fusion.control
    blocks[f"test, described, {control['exchanged']:.0%} of the notes exchanged"] = (control["figures"], control["differences"])
    for title, (figures, differences) in blocks.items():
        echo(title)
        for whose, metrics in figures.items():
            echo(*(f"  {whose:6} {metric:12} {interval(e)}" for metric, e in metrics.items()))
        for name, d in differences.items():
            echo(f"  {name:15} AUROC {interval(d['auroc'])}")
            if d["delong"]:
                echo(f"  {'':15} DeLong's paired test: z {d['delong']['z']:.2f}, p {d['delong']['p']:.3g} ({d['delong']['note']})")
    echo(str(path))
