"""kept, replay: the cases that were kept, and whether their scores come out the same again."""

import argparse
import json

from core.commands import EXIT_FAILED


def add(commands: argparse._SubParsersAction) -> None:
    """Add the commands of this file."""
    p = commands.add_parser("kept", help="list the cases that were kept, or delete them")
    p.add_argument("--delete", metavar="ID|all", help="delete one from disk and database, or all")
    p.add_argument("--json", action="store_true", help="JSON Lines, one object a case")
    p.set_defaults(run=_kept)

    p = commands.add_parser("replay", help="read a kept case again and compare to the last bit; exit code 1 where it differs")
    p.add_argument("id", metavar="ID", help="of a kept case, or the sha256 of one of its images; the beginning is enough")
    p.add_argument("--threads", type=int, metavar="N", help="threads of torch (default: as on every start)")
    p.add_argument("--json", action="store_true", help="JSON Lines, one object a reading")
    p.set_defaults(run=_replay)


def _kept(a: argparse.Namespace) -> int:
    from core.store import saved_exams, saved_folder

    if a.delete == "all":
        print(f"{saved_exams.delete_all()} images deleted, and all that was kept with them")
        return 0
    if a.delete:
        entry = saved_exams.find(a.delete)
        print(f"{entry.id}: {len(saved_exams.delete(entry.id))} images deleted, and all that was kept with them")
        return 0
    found = saved_exams.entries()
    for entry in found:
        print(json.dumps(_object(entry), ensure_ascii=False, allow_nan=False) if a.json else "\n".join(_lines(entry)))
    if not found and not a.json:
        print(f"Nothing is kept in {saved_folder()}.")
    return 0


def _object(entry) -> dict:
    columns = ("id", "scan_sha256", "pixel_sha256", "checkpoint", "weights_sha256", "score", "threshold", "decision", "device", "threads")
    return {
        "id": entry.id,
        "saved_at": entry.saved_at.isoformat(),
        "views": [{"sha256": v.sha256, "pixel_sha256": v.pixel_sha256, "label": v.label, "bytes": v.size} for v in entry.views],
        "synthetic": all(v.synthetic for v in entry.views),
        "impressions": entry.assessments,
        "predictions": [{**{c: getattr(p, c) for c in columns}, "at": p.at.isoformat()} for p in entry.predictions],
        "use": "research use only",
    }


def _lines(entry) -> list[str]:
    labels, size = {v.sha256: v.label for v in entry.views}, sum(v.size for v in entry.views)
    lines = [f"{entry.id}  {entry.saved_at:%Y-%m-%d %H:%M}  {entry.label}, {size / 1e6:.1f} MB, impressions: {entry.assessments}"]
    for p in entry.predictions:
        lines.append(
            f"    {p.at:%Y-%m-%d %H:%M}  {labels[p.scan_sha256]:8} {p.checkpoint}: score {p.score:.3f}, {p.decision} at {p.threshold:.3f}"
        )
    return lines


def _replay(a: argparse.Namespace) -> int:
    from dataclasses import asdict

    from core.store.replay import replay

    if a.threads:
        import torch

        torch.set_num_threads(max(1, a.threads))
    same = True
    for result in replay(a.id):
        same &= result.same
        print(json.dumps(asdict(result), ensure_ascii=False, allow_nan=False) if a.json else result.sentence, flush=True)
    return 0 if same else EXIT_FAILED
