"""The command line: `python -m core COMMAND`. Each command imports only what it needs."""

import argparse
import json
import os
import sys
from pathlib import Path

from core.errors import SecondReaderError

EXIT_UNREADABLE, EXIT_FAILED, EXIT_USAGE = 2, 1, 64  # 64: EX_USAGE of sysexits.h


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> None:
        self.print_usage(sys.stderr)
        self.exit(EXIT_USAGE, f"{self.prog}: {message}\n")


def main(argv: list[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    arguments = _parser().parse_args(argv)
    try:
        return arguments.run(arguments) or 0
    except SecondReaderError as e:
        print(f"second-reader: {e}", file=sys.stderr)
        return EXIT_FAILED
    except BrokenPipeError:  # the reader of a pipe, such as head, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or the interpreter complains once more on leaving
        return 0
    except KeyboardInterrupt:
        print("second-reader: stopped.", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="python -m core", description="Second Reader: train, evaluate and run mammogram models. Research use only.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND", parser_class=_Parser)

    p = commands.add_parser("predict", help="score files")
    p.add_argument(
        "rest", nargs="+", metavar="[CHECKPOINT] FILE", help="a checkpoint (name or folder; left out: chosen for each file), then files"
    )
    p.add_argument("--json", action="store_true", help="JSON Lines on standard output, one object a file")
    p.add_argument("--saliency", type=Path, metavar="DIR", help="write a stamped heatmap picture for each file")
    p.add_argument("--any-domain", action="store_true", help="let a phantom model score a film, or the other way round")
    p.set_defaults(run=_predict)

    p = commands.add_parser("phantom", help="draw synthetic mammograms")
    p.add_argument("out", type=Path)
    p.add_argument("--count", type=int, default=10, help="exams of four views (default 10)")
    p.add_argument("--seed", type=int, default=0)
    p.add_argument("--size", choices=("small", "full"), default="full", help="full: 2560×3328 pixels; small: quick, for training")
    p.add_argument("--format", choices=("dicom", "png", "both"), default="dicom")
    p.set_defaults(run=_phantom)

    p = commands.add_parser("train", help="train a recipe and write a checkpoint; goes on where it was cut off")
    _training(p)
    p.set_defaults(run=_train)

    p = commands.add_parser("crossval", help="train every fold and pool their test predictions")
    _training(p)
    p.add_argument("--seeds", default="0", metavar="N,N", help="one round of folds a seed (default 0)")
    p.set_defaults(run=_crossval)

    p = commands.add_parser("leaky", help="the same training with a leaking and with an honest split, side by side")
    p.add_argument("recipe", nargs="?", default="cancerdetectnet", help="default cancerdetectnet")
    p.add_argument("--data", type=Path, required=True, metavar="DIR")
    p.add_argument("--set", dest="overrides", action="append", default=[], metavar="KEY=VALUE", help="change one value of the recipe")
    p.add_argument("--copies", type=int, default=16, help="altered copies of each picture (default 16)")
    p.add_argument("--out", type=Path, default=Path("runs/leaky-versus-honest"), metavar="DIR")
    p.set_defaults(run=_leaky)

    p = commands.add_parser("search", help="try values for a recipe on the validation part")
    _training(p)
    p.add_argument("--trials", type=int, default=8)
    p.add_argument("--epochs", type=int, default=2)
    p.add_argument("--find-lr", action="store_true", help="a learning-rate range test instead")
    p.set_defaults(run=_search)

    p = commands.add_parser("evaluate", help="score a data set with a checkpoint and print the report")
    p.add_argument("checkpoint")
    p.add_argument("--data", type=Path, required=True, metavar="DIR")
    p.add_argument("--split", choices=("train", "validation", "test", "all"), default="test")
    p.add_argument("--json", action="store_true")
    p.set_defaults(run=_evaluate)

    p = commands.add_parser("report", help="print a checkpoint's report, or compare two on the same images")
    p.add_argument("checkpoint")
    p.add_argument("--compare", metavar="B", help="a second checkpoint")
    p.add_argument("--json", action="store_true")
    p.set_defaults(run=_report)

    p = commands.add_parser("score", help="evaluate any table with columns label, score (or one a class) and patient")
    p.add_argument("table", type=Path, metavar="TABLE.csv")
    p.add_argument("--threshold", type=float, default=0.5, help="of a binary score (default 0.5)")
    p.add_argument("--json", action="store_true")
    p.set_defaults(run=_score)

    p = commands.add_parser("list", help="list the checkpoints")
    p.add_argument("--json", action="store_true")
    p.set_defaults(run=_list)

    p = commands.add_parser("show", help="parameters of an architecture, layer by layer")
    p.add_argument("name", nargs="?", help="left out: the names")
    p.set_defaults(run=_show)
    return parser


def _training(p: argparse.ArgumentParser) -> None:
    p.add_argument("recipe", help="name of a shipped recipe, or a TOML file")
    p.add_argument("--data", type=Path, required=True, metavar="DIR")
    p.add_argument("--set", dest="overrides", action="append", default=[], metavar="KEY=VALUE", help="change one value of the recipe")
    p.add_argument("--name", help="name of the run (default: the recipe's)")
    p.add_argument("--out", type=Path, default=Path("runs"), metavar="DIR", help="where the run's folder goes (default runs)")
    p.add_argument(
        "--waive", metavar="REASON", help="train although a check of patients or splits objects; card and report repeat the reason"
    )


def _predict(a: argparse.Namespace) -> int:
    from core.models.card import find_checkpoint
    from core.reading.predict import predict_lines

    checkpoint, files = None, a.rest
    looks_like_a_file = Path(a.rest[0]).is_file() or (Path(a.rest[0]).suffix and not Path(a.rest[0]).is_dir())
    if not looks_like_a_file:
        checkpoint, files = find_checkpoint(a.rest[0]), a.rest[1:]
    if not files:
        print("python -m core predict: name at least one file", file=sys.stderr)
        return EXIT_USAGE
    unreadable = False
    for line in predict_lines([Path(f) for f in files], checkpoint, saliency=a.saliency, any_domain=a.any_domain):
        unreadable |= "error" in line
        print(json.dumps(line, ensure_ascii=False, allow_nan=False) if a.json else _sentence(line), flush=True)
    return EXIT_UNREADABLE if unreadable else 0


def _sentence(line: dict) -> str:
    if "error" in line:
        return f"{line['file']}: {line['error']}"
    if not line["quality"]["ok"]:
        return f"{line['file']}: cannot assess. {' '.join(line['quality']['reasons'])}"
    return f"{line['file']}: score {line['score']:.3f}, {line['decision']} at the threshold of {line['checkpoint']} (research use only)"


def _phantom(a: argparse.Namespace) -> int:
    from tqdm import tqdm

    from core.datasets.phantom import make

    formats = ("dicom", "png") if a.format == "both" else (a.format,)
    with tqdm(total=a.count, unit="exam", file=sys.stderr) as bar:
        out = make(a.out, a.count, a.seed, size=a.size, formats=formats, progress=lambda done: bar.update(done - bar.n))
    print(out)
    return 0


def _train(a: argparse.Namespace) -> int:
    from core.models.card import read_card
    from core.training.experiment import run
    from core.training.recipe import load_recipe

    folder = run(load_recipe(a.recipe, a.overrides), a.data, a.out, name=a.name, waive=a.waive)
    card = read_card(folder)
    e, patients = card.metrics["auroc"], card.data.patients.get("test", 0)
    if a.waive:
        print(f"The checks of patients and splits were waived: {a.waive}", file=sys.stderr)
    print(f"test AUROC {_words(e.model_dump())}, {e.n} images of {patients} patients")
    print(f"{folder}\nTo use it in the dashboard, copy the folder into checkpoints/ under a name of its own.")
    return 0


def _crossval(a: argparse.Namespace) -> int:
    from core.training.crossval import cross_validate, sentences
    from core.training.recipe import load_recipe

    recipe = load_recipe(a.recipe, a.overrides)
    if not all(s.isdecimal() for s in a.seeds.split(",")):
        print("python -m core crossval: --seeds takes whole numbers with commas between them", file=sys.stderr)
        return EXIT_USAGE
    folder = a.out / (a.name or f"{recipe.name}-crossval")
    print(sentences(cross_validate(recipe, a.data, folder, seeds=[int(s) for s in a.seeds.split(",")], waive=a.waive)))
    return 0


def _leaky(a: argparse.Namespace) -> int:
    from core.training.leaky import leaky_versus_honest, sentences
    from core.training.recipe import load_recipe

    print(sentences(leaky_versus_honest(load_recipe(a.recipe, a.overrides), a.data, a.out, copies=max(1, a.copies))))
    return 0


def _search(a: argparse.Namespace) -> int:
    from core.training.recipe import load_recipe
    from core.training.search import find_lr, random_search

    recipe = load_recipe(a.recipe, a.overrides)
    if a.find_lr:
        table = find_lr(recipe, a.data, waive=a.waive)
        print(table.to_string(index=False))
        print(f"lowest loss at {table.loc[table['loss'].idxmin(), 'lr']:.2g}; a tenth of it is a good choice")
    else:
        out = a.out / (a.name or f"{recipe.name}-search")
        print(random_search(recipe, a.data, out, trials=a.trials, epochs=a.epochs, waive=a.waive).to_string(index=False))
    return 0


def _evaluate(a: argparse.Namespace) -> int:
    from core.training.experiment import evaluate

    report = evaluate(a.checkpoint, a.data, split=a.split)
    print(json.dumps(report, ensure_ascii=False, allow_nan=False) if a.json else _summary(report))
    return 0


def _report(a: argparse.Namespace) -> int:
    from core.evaluation.compare import compare
    from core.evaluation.predictions import read_predictions
    from core.evaluation.report import Header, report_of
    from core.models.card import find_checkpoint, read_card

    if a.compare:
        result = compare(a.checkpoint, a.compare)
        lines = [f"{result['n']} images of {result['n_patients']} patients"]
        lines += [f"  AUROC {k:12} {_words(e)}" for k, e in result["auroc"].items()]
        m = result["mcnemar"]
        lines.append(
            f"  right only in the first {m['only_first_right']}, only in the second {m['only_second_right']}; p {m['p']:.3g} ({m['note']})"
        )
        print(json.dumps(result, ensure_ascii=False, allow_nan=False) if a.json else "\n".join(lines))
        return 0
    folder = find_checkpoint(a.checkpoint)
    card = read_card(folder)
    report = report_of(read_predictions(folder, card.label_space), Header.from_card(card))
    print(json.dumps(report, ensure_ascii=False, allow_nan=False) if a.json else _summary(report))
    return 0


def _score(a: argparse.Namespace) -> int:
    from core.evaluation.score import score_table

    result = score_table(a.table, a.threshold)
    if a.json:
        print(json.dumps(result, ensure_ascii=False, allow_nan=False))
        return 0
    print(f"{a.table.name}: {result['n']} rows of {result['n_patients']} patients")
    for name, e in result.items():
        if isinstance(e, dict) and "value" in e:
            print(f"  {name:20} {_words(e)}")
    print("\n".join(f"  {note}" for note in result["notes"]))
    return 0


def _words(e: dict) -> str:
    """A measured number with its interval, or why there is none."""
    return (
        f"{e['value']:.3f}  ({e['low']:.3f} to {e['high']:.3f}, {e['method']})"
        if e["value"] is not None
        else f"undefined: {e['undefined']}"
    )


def _summary(report: dict) -> str:
    n = report["n"]["test"]
    lines = [f"{report['title']}: {n['images']} images of {n['patients']} patients"]
    for name, e in {"majority_baseline": report["majority_baseline"], **report["metrics"]}.items():
        lines.append(f"  {name:20} {_words(e)}")
    return "\n".join(lines)


def _list(a: argparse.Namespace) -> int:
    from core.models.card import list_cards

    for card in list_cards():
        if a.json:
            print(card.model_dump_json())
            continue
        e = card.metrics.get("auroc")
        auroc = f"AUROC {e.value:.3f} ({e.low:.3f} to {e.high:.3f}), n {e.n}" if e and e.value is not None else "AUROC undefined"
        print(f"{card.name:20} {card.architecture:18} {auroc}{'  SYNTHETIC' if card.synthetic else ''}")
    return 0


def _show(a: argparse.Namespace) -> int:
    from core.models.architectures import ARCHITECTURES, describe

    print(describe(a.name) if a.name else "\n".join(ARCHITECTURES))
    return 0


if __name__ == "__main__":
    sys.exit(main())
