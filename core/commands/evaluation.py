"""evaluate, report, resolution, score: predictions become figures."""

import argparse
import json
import sys
from pathlib import Path

from core.commands import EXIT_USAGE, words


def add(commands: argparse._SubParsersAction) -> None:
    """Add the commands of this file."""
    p = commands.add_parser("evaluate", help="score a data set with a checkpoint and print the report")
    p.add_argument("checkpoint")
    p.add_argument("--data", type=Path, required=True, metavar="DIR")
    p.add_argument("--split", choices=("train", "validation", "test", "all"), default="test")
    p.add_argument(
        "--save",
        action="store_true",
        help="on the data of its training: write predictions, changes, probes and report into the checkpoint's folder (takes minutes)",
    )
    p.add_argument("--json", action="store_true")
    p.set_defaults(run=_evaluate)

    p = commands.add_parser("report", help="print a checkpoint's report, or compare two on the same images")
    p.add_argument("checkpoint")
    p.add_argument("--compare", metavar="B", help="a second checkpoint")
    p.add_argument("--sensitivity", type=float, metavar="S", help="the threshold that reaches S on validation, and its test figures")
    p.add_argument("--checklist", action="store_true", help="items of TRIPOD+AI and CLAIM 2024, and where card and report answer them")
    p.add_argument("--json", action="store_true")
    p.set_defaults(run=_report)

    p = commands.add_parser("resolution", help="what a checkpoint still sees when its input is made coarser")
    p.add_argument("checkpoint")
    p.add_argument("--data", type=Path, required=True, metavar="DIR")
    p.add_argument("--split", choices=("test", "all"), default="test", help="all: a folder that the checkpoint has never seen")
    p.add_argument("--save", action="store_true", help="write resolution.json into the checkpoint's folder, for the dashboard")
    p.add_argument("--json", action="store_true")
    p.set_defaults(run=_resolution)

    p = commands.add_parser("score", help="evaluate any table with columns label, score (or one a class) and patient")
    p.add_argument("table", type=Path, metavar="TABLE.csv")
    p.add_argument("--threshold", type=float, default=0.5, help="of a binary score (default 0.5)")
    p.add_argument("--json", action="store_true")
    p.set_defaults(run=_score)


def _evaluate(a: argparse.Namespace) -> int:
    from core.evaluation.report import read_report
    from core.training.evaluate import evaluate, save

    report = read_report(save(a.checkpoint, a.data)) if a.save else evaluate(a.checkpoint, a.data, split=a.split)
    print(json.dumps(report, ensure_ascii=False, allow_nan=False) if a.json else _summary(report))
    return 0


def _report(a: argparse.Namespace) -> int:
    from dataclasses import asdict

    from core.evaluation.checklist import checklist
    from core.evaluation.compare import compare
    from core.evaluation.report import read_report
    from core.models.card import find_checkpoint, read_card

    if a.compare:
        result = compare(a.checkpoint, a.compare)
        lines = [f"{result['n']} images of {result['n_patients']} patients"]
        lines += [f"  AUROC {k:12} {words(e)}" for k, e in result["auroc"].items()]
        if (d := result["delong"]) is not None:
            lines.append(f"  DeLong's paired test: z {d['z']:.2f}, p {d['p']:.3g} ({d['note']})")
        m = result["mcnemar"]
        lines.append(
            f"  right only in the first {m['only_first_right']}, only in the second {m['only_second_right']}; p {m['p']:.3g} ({m['note']})"
        )
        print(json.dumps(result, ensure_ascii=False, allow_nan=False) if a.json else "\n".join(lines))
        return 0
    folder = find_checkpoint(a.checkpoint)
    card = read_card(folder)
    if a.sensitivity is not None:
        return _operating(folder, card, a)
    report = read_report(folder)
    if a.checklist:
        items = checklist(card, report)
        rows = [f"{i.guideline:16} {i.answer:15} {i.asks}: {i.where}" for i in items]
        print(json.dumps([asdict(i) for i in items], ensure_ascii=False) if a.json else "\n".join(rows))
        return 0
    print(json.dumps(report, ensure_ascii=False, allow_nan=False) if a.json else _summary(report))
    return 0


def _operating(folder: Path, card, a: argparse.Namespace) -> int:
    from core.evaluation.metrics.operating_point import at, scores_of
    from core.inference.calibration import choose_threshold

    if not 0 < a.sensitivity <= 1:
        print("python -m core report: --sensitivity takes a number above 0 and up to 1", file=sys.stderr)
        return EXIT_USAGE
    validation = scores_of(folder, card, "validation")
    threshold, rule = choose_threshold(validation.scores, validation.truth, f"sensitivity={a.sensitivity}")
    found = at(scores_of(folder, card, "test"), threshold)
    if a.json:
        rates = {k: e.model_dump(mode="json") for k, e in found.rates.items()}
        print(json.dumps({"threshold": threshold, "rule": rule, "tp": found.tp, "fp": found.fp, "fn": found.fn, "tn": found.tn, **rates}))
        return 0
    print(f"{card.title}: threshold {threshold:.3f}, {rule}")
    print(f"  test: {found.tp} found, {found.fn} missed, {found.fp} false alarms, {found.tn} rightly left alone")
    for name, e in found.rates.items():
        print(f"  {name:20} {words(e.model_dump())}")
    return 0


def _resolution(a: argparse.Namespace) -> int:
    from tqdm import tqdm

    from core.evaluation.probes.resolution import FILE, by_resolution
    from core.files import write_json
    from core.models.card import find_checkpoint

    with tqdm(unit="image", desc="decoding", file=sys.stderr, leave=False) as bar:

        def show(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        found = by_resolution(a.checkpoint, a.data, split=a.split, progress=show)
    if a.save:
        write_json(find_checkpoint(a.checkpoint) / FILE, found)
    if a.json:
        print(json.dumps(found, ensure_ascii=False, allow_nan=False))
        return 0
    kind = " (SYNTHETIC: a check of the software, no evidence)" if found["synthetic"] else ""
    print(f"{found['checkpoint']}: {found['n']} images of {found['n_patients']} patients, {found['positive_n']} {found['positive']}{kind}")
    for level in found["levels"]:
        microns = f", about {level['microns']:.0f} µm a pixel" if level["microns"] else ""
        print(f"1/{level['factor']}: {level['size'][0]} × {level['size'][1]} pixels of detail{microns}")
        numbers = {k: level[k] for k in ("auroc", "sensitivity", "specificity", "less")} | level["classes"]
        names = {"less": "auroc less full"} | {c: f"auroc {c}" for c in level["classes"]}
        print("\n".join(f"  {names.get(k, k):20} {words(e)}" for k, e in numbers.items() if e))
    return 0


def _score(a: argparse.Namespace) -> int:
    from core.evaluation.score_table import score_table

    result = score_table(a.table, a.threshold)
    if a.json:
        print(json.dumps(result, ensure_ascii=False, allow_nan=False))
        return 0
    print(f"{a.table.name}: {result['n']} rows of {result['n_patients']} patients")
    for name, e in result.items():
        if isinstance(e, dict) and "value" in e:
            print(f"  {name:20} {words(e)}")
    print("\n".join(f"  {note}" for note in result["notes"]))
    return 0


def _summary(report: dict) -> str:
    n = report["n"]["test"]
    lines = [f"{report['title']}: {n['images']} images of {n['patients']} patients"]
    for name, e in {"majority_baseline": report["majority_baseline"], **report["metrics"], **report["agreement"]}.items():
        b = report["beside"].get(name)
        beside = f"; {b['method']} {b['low']:.3f} to {b['high']:.3f}" if b else ""
        lines.append(f"  {name:20} {words(e)}{beside}")
    if "multilabel" in report:
        from core.evaluation.metrics.multilabel import figures

        for group, numbers in figures(report["multilabel"]):
            lines += [f"  {group}", *(f"    {name:18} {words(e)}" for name, e in numbers.items())]
    lines += [f"  {sentence}" for sentence in (*report["words"], *(c["text"] for c in report["collapsed"]))]
    lines += [f"  AUROC if {x['change']:17} {words(x['difference'])}" for x in report["robustness"] or ()]
    if report["localisation"]:
        lines.append(f"  {report['localisation']['text']}")
    return "\n".join(lines)
