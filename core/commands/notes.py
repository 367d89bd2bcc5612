"""notes: descriptions of findings become scores."""

import argparse
import json
import sys
from pathlib import Path

from core.commands import words


def add(commands: argparse._SubParsersAction) -> None:
    """Add the command of this file."""
    p = commands.add_parser("notes", help="score radiologists' descriptions, or train the model that does")
    actions = p.add_subparsers(dest="action", required=True, metavar="ACTION", parser_class=type(p))

    a = actions.add_parser("read", help="score one note")
    a.add_argument("text")
    a.add_argument("--model", type=Path, metavar="DIR", help="left out: the shipped one")
    a.add_argument("--json", action="store_true")
    a.set_defaults(run=_read)

    a = actions.add_parser("table", help="score the notes of a CSV with the column note")
    a.add_argument("table", type=Path, metavar="IN.csv")
    a.add_argument("out", type=Path, metavar="OUT.csv")
    a.add_argument("--model", type=Path, metavar="DIR", help="left out: the shipped one")
    a.set_defaults(run=_table)

    a = actions.add_parser("train", help="train on the description tables of CBIS-DDSM and test on their official test part")
    a.add_argument("folder", type=Path, metavar="DIR", help="where the four CSVs lie")
    a.add_argument("--out", type=Path, default=Path("runs/cbis-notes"), metavar="DIR")
    a.add_argument("--subset", choices=("pooled", "mass", "calcification"), default="pooled")
    a.add_argument("--proxy", action="store_true", help="use the radiologist's BI-RADS assessment too: a proxy of the answer")
    a.set_defaults(run=_train)

    a = actions.add_parser("fuse", help="combine an image checkpoint's score with the notes', fitted on validation, and test both")
    a.add_argument("checkpoint")
    a.add_argument("--data", type=Path, metavar="DIR", help="where the notes of its images are; phantoms are described again without it")
    a.add_argument("--model", type=Path, metavar="DIR", help="the model of notes; left out: the shipped one")
    a.add_argument("--out", type=Path, metavar="DIR", help="where fusion.json goes; left out: the checkpoint's folder")
    a.add_argument("--json", action="store_true")
    a.set_defaults(run=_fuse)


def _read(a: argparse.Namespace) -> int:
    from dataclasses import asdict

    from core.notes.model import NoteModel

    prediction = NoteModel.load(a.model).read(a.text)
    if a.json:
        print(json.dumps(asdict(prediction), ensure_ascii=False, allow_nan=False))
        return 0
    proxy = ", a proxy: it uses the BI-RADS assessment" if prediction.proxy else ""
    print(f"score {prediction.score:.3f}, {prediction.decision} at the threshold of {prediction.model}{proxy} (research use only)")
    for c in prediction.contributions[:8]:
        print(f"  {c.logit:+.2f}  {c.what}")
    said = prediction.understood
    for title, found in (
        ("negated", [m.key for m in said.mentions if m.negated]),
        ("taken for", [f"{a} → {b}" for a, b in said.corrected]),
        ("not understood", said.unknown),
    ):
        if found:
            print(f"  {title}: {', '.join(found)}")
    return 0


def _table(a: argparse.Namespace) -> int:
    from core.files import write_text
    from core.notes.model import NoteModel
    from core.notes.table import read_table, score_table

    scored = score_table(NoteModel.load(a.model), read_table(a.table.read_bytes()))
    write_text(a.out, scored.to_csv(index=False))
    print(f"{a.out}: {len(scored)} notes, {int(scored['score'].isna().sum())} of them cannot be assessed")
    return 0


def _train(a: argparse.Namespace) -> int:
    from core.notes.train import train

    model = train(a.folder, a.out, features="with-assessment" if a.proxy else "descriptors", subset=a.subset)
    if model.card.proxy:
        print("PROXY: it uses the radiologist's own BI-RADS assessment.", file=sys.stderr)
    for subset, metrics in model.card.metrics.items():
        n = metrics["auroc"]
        print(f"{subset}: {n.n} rows of {n.n_patients} patients of the official test part")
        for name, e in metrics.items():
            print(f"  {name:20} {words(e.model_dump())}")
    print(a.out)
    return 0


def _fuse(a: argparse.Namespace) -> int:
    from core.models.card import find_checkpoint
    from core.notes.fuse import fuse
    from core.notes.fusion import write_fusion
    from core.notes.model import NoteModel

    fusion = fuse(a.checkpoint, a.data, NoteModel.load(a.model))
    path = write_fusion(a.out or find_checkpoint(a.checkpoint), fusion)
    if a.json:
        print(json.dumps(fusion.model_dump(mode="json"), ensure_ascii=False, allow_nan=False))
        return 0
    for sentence in fusion.limits:
        print(sentence)
    for split, n in fusion.n.items():
        print(f"{split}: {n['images']} images of {n['patients']} patients, {n['described']} of them with a note that can be scored")
    print(f"log odds = {fusion.intercept:.3f} + {fusion.image:.3f} × image + {fusion.note:.3f} × note, threshold {fusion.threshold:.3f}")
    control = fusion.model_dump(mode="json")["control"]
    blocks = {f"test, {k}": (x, fusion.differences[k]) for k, x in fusion.model_dump(mode="json")["figures"].items()}
    blocks[f"test, described, {control['exchanged']:.0%} of the notes exchanged"] = (control["figures"], control["differences"])
    for title, (figures, differences) in blocks.items():
        print(title)
        for whose, numbers in figures.items():
            print("\n".join(f"  {whose:6} {name:12} {words(e)}" for name, e in numbers.items()))
        for name, d in differences.items():
            print(f"  {name:15} AUROC {words(d['auroc'])}")
            if d["delong"]:
                print(f"  {'':15} DeLong's paired test: z {d['delong']['z']:.2f}, p {d['delong']['p']:.3g} ({d['delong']['note']})")
    print(path)
    return 0
