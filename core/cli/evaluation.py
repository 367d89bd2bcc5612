"""report, evaluate, resolution, outside, score: predictions become metrics."""

from dataclasses import asdict, replace
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from core.cli.input import table_bytes
from core.cli.options import Checkpoint, Data, Json, JsonLines, complete_checkpoint
from core.cli.output import echo, echo_json, interval, progress

if TYPE_CHECKING:
    from core.evaluation.evaluation_report import EvaluationReport
    from core.evaluation.report import Header
    from core.models.card import Card

CHOSEN = "chosen for this report, not validated"


def _sensitivity(value: float | None) -> float | None:
    if value is not None and not 0 < value <= 1:
        raise typer.BadParameter("a number above 0 and up to 1 is needed.")
    return value


def report(
    checkpoint: Checkpoint,
    compare: Annotated[
        str | None,
        typer.Option(metavar="CHECKPOINT", help="Compare with a second checkpoint on the same images.", autocompletion=complete_checkpoint),
    ] = None,
    threshold: Annotated[float | None, typer.Option(min=0, max=1, metavar="T", help="Report at this threshold instead.")] = None,
    sensitivity: Annotated[
        float | None,
        typer.Option(metavar="S", callback=_sensitivity, help="Report at the threshold that reaches S on validation."),
    ] = None,
    checklist: Annotated[
        bool, typer.Option("--checklist", help="List the items of TRIPOD+AI and CLAIM 2024 and where card and report answer them.")
    ] = False,
    json: Json = False,
) -> None:
    """Print a checkpoint's report, or compare two.

    Two checkpoints are compared on the images that both were tested on.
    """
    from core.evaluation.report import Header, read_report
    from core.models.card import find_checkpoint, read_card

    if compare is not None:
        _compare(checkpoint, compare, json)
        return
    if threshold is not None and sensitivity is not None:
        raise typer.BadParameter("give --threshold or --sensitivity, not both.")
    folder = find_checkpoint(checkpoint)
    card = read_card(folder)
    header = Header.from_card(card)
    if threshold is not None:
        header = replace(header, threshold=threshold, threshold_rule=CHOSEN)
    elif sensitivity is not None:
        header = _reaching(sensitivity, folder, card, header)
    if checklist:
        from core.evaluation.checklist import checklist as items_of

        items = items_of(card, read_report(folder, header))
        if json:
            echo_json([asdict(i) for i in items])
        else:
            echo(*(f"{i.guideline:16} {i.answer:15} {i.topic}: {i.where}" for i in items))
    else:
        _print_report(read_report(folder, header), json)


def evaluate(
    checkpoint: Checkpoint,
    *,
    data: Data,
    split: Annotated[Literal["train", "validation", "test", "all"], typer.Option(help="Images to score.")] = "test",
    save: Annotated[
        bool,
        typer.Option(
            "--save", help="On the training data: write predictions, perturbations, probes and report into the checkpoint's folder."
        ),
    ] = False,
    json: Json = False,
) -> None:
    """Score a data set and print the report.

    With --save this takes minutes.
    """
    from core.evaluation.report import read_report
    from core.training import evaluate as evaluation

    _print_report(read_report(evaluation.save(checkpoint, data)) if save else evaluation.evaluate(checkpoint, data, split=split), json)


def resolution(
    checkpoint: Checkpoint,
    *,
    data: Data,
    split: Annotated[Literal["test", "all"], typer.Option(help="all: a folder that the checkpoint has never seen.")] = "test",
    save: Annotated[bool, typer.Option("--save", help="Write resolution.json into the checkpoint's folder, for the dashboard.")] = False,
    json: Json = False,
) -> None:
    """Measure a checkpoint at lower resolutions."""
    from core.evaluation.probes.resolution import by_resolution
    from core.evaluation.resolution_report import FILE
    from core.files import write_json
    from core.models.card import find_checkpoint

    with progress("image", "decoding") as show:
        found = by_resolution(checkpoint, data, split=split, progress=show)
    if save:
        write_json(find_checkpoint(checkpoint) / FILE, found.model_dump(mode="json"))
    if json:
        echo_json(found.model_dump(mode="json"))
        return
    kind = " (SYNTHETIC: a check of the software, no evidence)" if found.synthetic else ""
    echo(f"{found.checkpoint}: {found.n} images of {found.n_patients} patients, {found.n_positive} {found.positive}{kind}")
    for level in found.levels:
        microns = f", about {level.microns:.0f} µm a pixel" if level.microns else ""
        echo(f"1/{level.factor}: {level.size[0]} × {level.size[1]} pixels of detail{microns}")
        metrics = {"auroc": level.auroc, "sensitivity": level.sensitivity, "specificity": level.specificity}
        metrics |= {"auroc less full": level.difference} if level.difference else {}
        metrics |= {f"auroc {c}": e for c, e in level.by_class.items()}
        echo(*(f"  {name:20} {interval(e)}" for name, e in metrics.items()))


def outside(
    checkpoint: Annotated[
        str | None,
        typer.Argument(
            metavar="[CHECKPOINT]", help="Name or folder; left out: every checkpoint for mammograms.", autocompletion=complete_checkpoint
        ),
    ] = None,
    *,
    data: Annotated[Path, typer.Option("--data", metavar="DIR", help="A data set, or a folder of data sets.")],
    patients: Annotated[
        int | None, typer.Option(min=2, metavar="N", help="At most N patients of a source, drawn at random, always the same.")
    ] = None,
    save: Annotated[bool, typer.Option("--save", help="Write outside.json into the checkpoint's folder, for the dashboard.")] = False,
    json: JsonLines = False,
) -> None:
    """Test checkpoints on sources that they were not trained on."""
    from core.evaluation.outside import measure_outside, testable
    from core.models.card import find_checkpoint
    from core.models.outside_results import write_outside

    for name in [checkpoint] if checkpoint else [c.name for c in testable()]:
        with progress("image", "decoding") as show:
            results = measure_outside(name, data, patients=patients, progress=show)
        if save:
            write_outside(find_checkpoint(name), results)
        for r in results:
            if json:
                echo_json(r.model_dump(mode="json"))
                continue
            part = ", drawn at random" if r.drawn else ""
            echo(f"{r.checkpoint} on {r.source}: {r.n} images of {r.n_patients} patients{part}, {r.n_positive} {r.positive}")
            echo(
                *(
                    f"  {k:12} {interval(e)}"
                    for k, e in (("auroc", r.auroc), ("sensitivity", r.sensitivity), ("specificity", r.specificity))
                )
            )


def score(
    table: Annotated[
        str, typer.Argument(metavar="TABLE.csv", help="Columns label, score (or one a class) and patient; - reads standard input.")
    ],
    threshold: Annotated[float, typer.Option(min=0, max=1, metavar="T", help="Threshold of a binary score.")] = 0.5,
    json: Json = False,
) -> None:
    """Evaluate any table of labels and scores."""
    from core.evaluation.score_table import score_table

    result = score_table(BytesIO(table_bytes(table)), threshold)
    if json:
        echo_json(result)
        return
    echo(f"{'standard input' if table == '-' else Path(table).name}: {result['n']} rows of {result['n_patients']} patients")
    echo(*(f"  {name:20} {interval(e)}" for name, e in result.items() if isinstance(e, dict) and "value" in e))
    echo(*(f"  {note}" for note in result["notes"]))


def _compare(first: str, second: str, json: bool) -> None:
    from core.evaluation.compare import compare

    result = compare(first, second)
    if json:
        echo_json(result.model_dump(mode="json"))
        return
    echo(f"{result.n} images of {result.n_patients} patients")
    pair = result.auroc
    echo(*(f"  AUROC {k:12} {interval(e)}" for k, e in (("first", pair.first), ("second", pair.second), ("difference", pair.difference))))
    if (d := result.delong) is not None:
        echo(f"  DeLong's paired test: z {d.z:.2f}, p {d.p:.3g} ({d.note})")
    m = result.mcnemar
    echo(f"  right only in the first {m.only_first_right}, only in the second {m.only_second_right}; p {m.p:.3g} ({m.note})")


def _reaching(sensitivity: float, folder: Path, card: "Card", header: "Header") -> "Header":
    """The header with the highest threshold that reaches a sensitivity on validation."""
    from core.evaluation.predictions import predictions_of
    from core.inference.threshold_rule import ThresholdRule

    validation = predictions_of(folder, card, "validation")
    threshold, rule = ThresholdRule("sensitivity", sensitivity).choose(validation.score, validation.positive)
    return replace(header, threshold=threshold, threshold_rule=rule)


def _print_report(report: "EvaluationReport", json: bool) -> None:
    if json:
        echo_json(report.model_dump(mode="json"))
        return
    from core.evaluation.report_text import ARGMAX, argmax_sentences, operating_point

    echo(f"{report.title}: {report.test.images} images of {report.test.patients} patients", f"  {operating_point(report)}")
    for name, e in {"majority_baseline": report.majority_baseline, **report.metrics, **report.agreement}.items():
        b = report.analytic_intervals.get(name)
        analytic = f"; {b.method} {b.low:.3f} to {b.high:.3f}" if b else ""
        echo(f"  {name:20} {interval(e)}{analytic}")
    if report.multilabel is not None:
        from core.evaluation.metrics.multilabel import multilabel_groups

        for group, metrics in multilabel_groups(report.multilabel):
            echo(f"  {group}", *(f"    {name:18} {interval(e)}" for name, e in metrics.items()))
    echo(*(f"  {sentence}" for sentence in (*report.summary, *report.notes)))
    if report.argmax is not None:
        echo(f"  {ARGMAX}", *(f"    {name:18} {interval(e)}" for name, e in report.argmax.metrics.items()))
        echo(*(f"    {sentence}" for sentence in argmax_sentences(report)))
    echo(*(f"  AUROC under {x.perturbation:14} {interval(x.difference)}" for x in report.robustness or ()))
    if report.localisation is not None:
        echo(f"  {report.localisation.text}")
