"""export-dicom, outbox, deidentify: results and images on their way out."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from core.cli import EXIT_FAILED, EXIT_UNREADABLE
from core.cli.input import expanded, image_bytes
from core.cli.options import JsonLines
from core.cli.output import echo, echo_json, warn
from core.errors import ScanError

if TYPE_CHECKING:
    from core.exchange.objects.instance import Instance
    from core.exchange.outbox import Delivery


def export_dicom(
    cases: Annotated[list[str], typer.Argument(metavar="CASE", help="ID of a saved case, or its first characters.")],
    source: Annotated[
        list[str] | None, typer.Option("--source", metavar="PATH", help="DICOM files that the case was read from, or a folder of them.")
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", metavar="DIR", help="Write the objects into this folder, named by UID.")] = None,
    to: Annotated[str | None, typer.Option("--to", metavar="NAME", help="Send to this archive or node of the exchange settings.")] = None,
    json: JsonLines = False,
) -> int:
    """Export saved cases as DICOM objects: reports, outlines, segmentations, captures and a selection.

    The source files name the patient and the study; a saved case does not. Name a folder with --out, a destination with --to, or both.
    What cannot be sent waits in the outbox; exit code 1 then.
    """
    from core.exchange import require

    if out is None and to is None:
        raise typer.BadParameter("name a folder or a destination.", param_hint="--out, --to")
    require()
    from core.exchange.objects.export import instances
    from core.exchange.saved_results import headers_of, results_of
    from core.exchange.send import destination
    from core.exchange.settings import load_settings
    from core.service import audit_log
    from core.store import saved_exams

    name = destination(load_settings(), to).name if to is not None else None  # a wrong name is said before anything is computed
    waits = False
    for case in cases:
        entry = saved_exams.find(case)
        scans = [v.sha256 for v in entry.views]
        made = instances(results_of(entry, headers_of(expanded(source or []), set(scans))))
        audit_log.record("export", images=scans, detail=f"DICOM objects to {name or 'files'}")
        if out is not None:
            _write(made, out, entry.id, json)
        if name is not None:
            delivery = _send(made, scans, name)
            waits |= delivery.state != "sent"
            echo_json(_object(delivery)) if json else echo(_sentence(delivery))
    return EXIT_FAILED if waits else 0


def outbox(
    send: Annotated[bool, typer.Option("--send", help="Send what waits now, due or not.")] = False,
    discard: Annotated[str | None, typer.Option(metavar="ID|all", help="Overwrite and remove one delivery, or all.")] = None,
    json: JsonLines = False,
) -> int:
    """List the results that wait to be sent, and those that were; send or discard them.

    Exit code 1 where something still waits or has failed.
    """
    from core.exchange import ExchangeError, require

    require()
    from core.exchange import outbox
    from core.exchange.settings import load_settings

    outbox.sweep()
    waiting = outbox.deliveries()
    if discard not in (None, "all") and discard not in {d.id for d in waiting}:
        raise ExchangeError(f"There is no delivery {discard}.", "`second-reader outbox` lists them.")
    for delivery in waiting:
        if discard in ("all", delivery.id):
            outbox.discard(delivery)
        elif send and delivery.state == "waiting":
            outbox.attempt(delivery, load_settings(), datetime.now())
    found = outbox.deliveries()
    for delivery in found:
        echo_json(_object(delivery)) if json else echo(_sentence(delivery))
    return EXIT_FAILED if any(d.state != "sent" for d in found) else 0


def deidentify(
    files: Annotated[list[str], typer.Argument(metavar="IN", help="DICOM images, or folders of them.")],
    out: Annotated[Path, typer.Argument(metavar="OUT", help="Folder for the images without their patients.")],
    dates: Annotated[
        Literal["shifted", "removed"], typer.Option(help="Move all dates of a patient by the same days, or remove them.")
    ] = "shifted",
    characteristics: Annotated[bool, typer.Option("--characteristics", help="Retain age, sex, size and weight.")] = False,
    burned_in: Annotated[
        bool, typer.Option("--burned-in", help="Let images through whose files warn of burned-in text: somebody has looked at them.")
    ] = False,
    json: JsonLines = False,
) -> int:
    """De-identify DICOM images by the Basic Profile of PS3.15, into new files named by new UIDs.

    UIDs, dates and pseudonyms are keyed by this installation: the same in every run, and of no use to anybody else. Free texts and
    private attributes are removed. Exit code 1 where an image was held back, 2 where a file is no DICOM image.
    """
    from core.exchange import ExchangeError, require

    require()
    from core.exchange.deidentify.profile import BurnedInError, Options, deidentified
    from core.files import write_bytes

    if any(out.resolve() == Path(f).resolve() or Path(f).resolve() in out.resolve().parents for f in files):
        raise typer.BadParameter("the folder for the results lies in one that is read.", param_hint="OUT")
    options, code = Options(dates, characteristics, burned_in), 0
    for file in expanded(files):
        try:
            made = deidentified(image_bytes(file), options)
        except BurnedInError as e:
            warn(f"{file}: held back. {e}")
            code = code or EXIT_FAILED
        except (ExchangeError, ScanError) as e:
            warn(f"{file}: {e}")
            code = EXIT_UNREADABLE
        else:
            write_bytes(out / made.name, made.data)
            if json:
                echo_json({"file": made.name, "warnings": list(made.warnings)})
            else:
                echo(" ".join([made.name, *made.warnings]))
    return code


def _write(made: "list[Instance]", out: Path, case: str, json: bool) -> None:
    from core.files import write_bytes

    for instance in made:
        path = out / f"{instance.uid}.dcm"
        write_bytes(path, instance.data)
        if json:
            echo_json({"case": case, "kind": instance.kind, "sop_class": instance.sop_class, "uid": instance.uid, "file": str(path)})
        else:
            echo(f"{instance.kind:3}  {path}")


def _send(made: "list[Instance]", scans: list[str], name: str) -> "Delivery":
    from core.exchange import outbox
    from core.exchange.settings import load_settings

    now = datetime.now().replace(microsecond=0)
    return outbox.attempt(outbox.enqueue(made, scans, name, now), load_settings(), now)


def _object(d: "Delivery") -> dict[str, str | int]:
    return {
        "delivery": d.id,
        "to": d.to,
        "state": d.state,
        "objects": d.objects,
        "left": len(d.left()),
        "attempts": d.attempts,
        "error": d.error,
    }


def _sentence(d: "Delivery") -> str:
    left = f", {len(d.left())} left, next at {d.next_at:%H:%M:%S}" if d.state == "waiting" else ""
    return f"{d.id}  {d.state}  {d.to}: {d.objects} objects{left}{f'. {d.error}' if d.error else ''}"
