"""phantom, convert, data, audit, cache: what there is to learn from."""

import argparse
import json
import sys
from pathlib import Path

from core.commands import EXIT_FAILED, EXIT_UNREADABLE


def add(commands: argparse._SubParsersAction) -> None:
    """Add the commands of this file."""
    p = commands.add_parser("phantom", help="draw synthetic mammograms")
    p.add_argument("out", type=Path)
    p.add_argument("--count", type=int, default=10, help="exams of four views (default 10)")
    p.add_argument("--seed", type=int, default=0)
    p.add_argument("--size", choices=("small", "full"), default="full", help="full: 2560×3328 pixels; small: quick, for training")
    p.add_argument("--format", choices=("dicom", "png", "both"), default="dicom")
    p.set_defaults(run=_phantom)

    p = commands.add_parser("convert", help="turn a tree of DICOM files into PNG or JPEG for training; goes on where it was cut off")
    p.add_argument("source", type=Path, metavar="IN")
    p.add_argument("out", type=Path, metavar="OUT")
    p.add_argument("--format", choices=("png16", "png8", "jpeg"), default="png16")
    p.add_argument("--size", type=int, metavar="N", help="longest side in pixels (default: as it is)")
    p.add_argument("--keep-names", action="store_true", help="write the original paths into the manifest; they may name patients")
    p.set_defaults(run=_convert)

    p = commands.add_parser("data", help="what a data folder holds: classes, sources, patients, terms, traps")
    _folder(p)
    p.set_defaults(run=_data)

    p = commands.add_parser("audit", help="look for leakage, copies and confounding in a data folder; exit code 1 where something leaks")
    _folder(p)
    p.add_argument("--pairs", type=int, default=10, metavar="N", help="pairs shown a finding (default 10)")
    p.set_defaults(run=_audit)

    p = commands.add_parser("cache", help="where decoded images are kept, and how much of them")
    p.add_argument("--clear", action="store_true", help="remove them")
    p.set_defaults(run=_cache)


def _phantom(a: argparse.Namespace) -> int:
    from tqdm import tqdm

    from core.datasets.phantom import make

    formats = ("dicom", "png") if a.format == "both" else (a.format,)
    with tqdm(total=a.count, unit="exam", file=sys.stderr) as bar:
        out = make(a.out, a.count, a.seed, size=a.size, formats=formats, progress=lambda done: bar.update(done - bar.n))
    print(out)
    return 0


def _convert(a: argparse.Namespace) -> int:
    from tqdm import tqdm

    from core.scans.convert import MANIFEST, convert

    with tqdm(unit="file", file=sys.stderr) as bar:

        def show(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        result = convert(a.source, a.out, form=a.format, size=a.size, keep_names=a.keep_names, progress=show)
    for name, reason in result.failed:
        print(f"{name}: {reason}", file=sys.stderr)
    print(f"{a.out / MANIFEST}: {result.written} written, {result.kept} there already, {len(result.failed)} passed over")
    return EXIT_UNREADABLE if result.failed else 0


def _folder(p: argparse.ArgumentParser) -> None:
    from core.labels import SPACES

    p.add_argument("folder", type=Path, metavar="DIR")
    p.add_argument("--label-space", choices=tuple(SPACES), help="left out: the source's own")
    p.add_argument("--json", action="store_true")


def _manifest(a: argparse.Namespace):
    from core.datasets.sources import open_folder
    from core.labels import SPACES

    return open_folder(a.folder, SPACES.get(a.label_space))


def _data(a: argparse.Namespace) -> int:
    from dataclasses import asdict

    from core.datasets.data_card import DataCard

    card = DataCard.of(_manifest(a))
    print(json.dumps(asdict(card), ensure_ascii=False) if a.json else "\n".join(card.lines()))
    return 0


def _audit(a: argparse.Namespace) -> int:
    from dataclasses import asdict

    from tqdm import tqdm

    from core.datasets.audit import audit

    manifest = _manifest(a)
    with tqdm(total=len(manifest.items), unit="image", desc="reading", file=sys.stderr, leave=False) as bar:
        findings = audit(manifest, progress=lambda done, _: bar.update(done - bar.n))
    if a.json:
        print(json.dumps([asdict(f) for f in findings], ensure_ascii=False))
    else:
        for f in findings:
            print(f"{'LEAKAGE' if f.stops else 'note'}: {f.sentence}")
            for one, other in f.pairs[: a.pairs]:
                print(f"    {one}  |  {other}")
            if len(f.pairs) > a.pairs:
                print(f"    … and {len(f.pairs) - a.pairs} more")
        if not findings:
            print(f"Nothing found in {len(manifest.items)} images.")
    return EXIT_FAILED if any(f.stops for f in findings) else 0


def _cache(a: argparse.Namespace) -> int:
    from core.datasets.cache import cache_folder, clear_cache

    folder = cache_folder()
    files = [p for p in folder.glob("*") if p.is_file()]
    size = sum(p.stat().st_size for p in files)
    print(f"{folder}: {sum(p.suffix == '.npy' for p in files)} data sets, {size / 1e6:.0f} MB")
    if a.clear:
        print(f"removed {clear_cache() / 1e6:.0f} MB; what is needed again is decoded again")
    return 0
