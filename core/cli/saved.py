"""saved, replay: the saved cases, and whether their scores are reproduced."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from core.cli import EXIT_FAILED
from core.cli.options import JsonLines
from core.cli.output import echo, echo_json, warn
from core.inference.score_text import against_threshold

if TYPE_CHECKING:
    from core.store.listing import Entry

COLUMNS = ("id", "scan_sha256", "pixel_sha256", "checkpoint", "weights_sha256", "score", "threshold", "decision", "device", "threads")


def list_cases(
    delete: Annotated[str | None, typer.Option(metavar="ID|all", help="Delete one case from disk and database, or all.")] = None,
    json: JsonLines = False,
) -> None:
    """List the saved cases, or delete them."""
    from core.folders import saved_folder
    from core.service import audit_log
    from core.store import saved_exams
    from core.store.deletion import sweep

    if delete == "all":
        audit_log.record("delete", images=[v.sha256 for e in saved_exams.entries() for v in e.views], detail="all")
        echo(f"{saved_exams.delete_all()} images deleted, and everything saved with them")
        return
    if delete:
        entry = saved_exams.find(delete)
        audit_log.record("delete", images=[v.sha256 for v in entry.views], detail=entry.id)
        echo(f"{entry.id}: {len(saved_exams.delete(entry.id))} images deleted, and everything saved with them")
        return
    if swept := sweep():
        warn(f"{swept} files that an interrupted save left behind were removed.")
    entries = saved_exams.entries()
    for entry in entries:
        if json:
            echo_json(_object(entry))
        else:
            echo(*_lines(entry))
    if not entries and not json:
        echo(f"There are no saved cases in {saved_folder()}.")


def replay(
    id: Annotated[
        str, typer.Argument(metavar="ID", help="ID of a saved case, or the sha256 of one of its images; its first characters are enough.")
    ],
    threads: Annotated[int | None, typer.Option(min=1, metavar="N", help="Threads of torch; default: as always.")] = None,
    json: JsonLines = False,
) -> int:
    """Score a saved case again and compare.

    The comparison is exact, to the last bit. Exit code 1 where the score differs.
    """
    from core.store.replay import replay

    if threads:
        import torch

        torch.set_num_threads(threads)
    same = True
    for result in replay(id):
        same &= result.same
        if json:
            echo_json(asdict(result))
        else:
            echo(result.sentence)
    return 0 if same else EXIT_FAILED


def _object(entry: "Entry") -> dict[str, object]:
    return {
        "id": entry.id,
        "saved_at": entry.saved_at.isoformat(),
        "views": [{"sha256": v.sha256, "pixel_sha256": v.pixel_sha256, "label": v.label, "bytes": v.size} for v in entry.views],
        "synthetic": all(v.synthetic for v in entry.views),
        "impressions": entry.assessments,
        "predictions": [{**{c: getattr(p, c) for c in COLUMNS}, "at": p.at.isoformat()} for p in entry.predictions],
        "use": "research use only",
    }


def _lines(entry: "Entry") -> list[str]:
    labels, size = {v.sha256: v.label for v in entry.views}, sum(v.size for v in entry.views)
    lines = [f"{entry.id}  {entry.saved_at:%Y-%m-%d %H:%M}  {entry.label}, {size / 1e6:.1f} MB, impressions: {entry.assessments}"]
    for p in entry.predictions:
        lines.append(
            f"    {p.at:%Y-%m-%d %H:%M}  {labels[p.scan_sha256]:8} {p.checkpoint}: score {against_threshold(p.score, p.threshold)}"
        )
    return lines
