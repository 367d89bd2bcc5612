"""The command `second-reader`: its commands in reading order, and how each failure becomes one sentence and an exit code."""

import os
import sys
import traceback
from collections.abc import Callable
from typing import Annotated

import typer

from core.cli import (
    EXIT_FAILED,
    EXIT_INTERRUPTED,
    EXIT_USAGE,
    api_key,
    audit_log,
    checkpoints,
    dashboard,
    data,
    evaluation,
    notes,
    prediction,
    receiving,
    saved,
    sending,
    training,
)
from core.cli.output import echo, warn
from core.errors import SecondReaderError, of_os_error

app = typer.Typer(
    name="second-reader",
    help="Train, evaluate and run mammogram models. Research use only.",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
COMMANDS: dict[str, Callable[..., int | None]] = {
    "app": dashboard.start,
    "api-key": api_key.api_key,
    "predict": prediction.predict,
    "list": checkpoints.list_checkpoints,
    "show": checkpoints.show,
    "saved": saved.list_cases,
    "replay": saved.replay,
    "export-dicom": sending.export_dicom,
    "outbox": sending.outbox,
    "receive": receiving.receive,
    "watch": receiving.watch,
    "deidentify": sending.deidentify,
    "report": evaluation.report,
    "evaluate": evaluation.evaluate,
    "resolution": evaluation.resolution,
    "outside": evaluation.outside,
    "score": evaluation.score,
    "data": data.describe,
    "audit": data.audit,
    "convert": data.convert,
    "phantom": data.phantom,
    "cache": data.cache,
    "recipe": training.recipe,
    "train": training.train,
    "promote": training.promote,
    "crossval": training.crossval,
    "search": training.search,
    "leakage-demo": training.leakage_demo,
}
for _name, _command in COMMANDS.items():
    app.command(_name)(_command)
app.add_typer(notes.app, name="notes")
app.add_typer(audit_log.app, name="audit-log")


def _print_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        echo(f"second-reader {version('second-reader')}")
        raise typer.Exit


@app.callback()
def _options(
    _version: Annotated[
        bool, typer.Option("--version", help="Print the version and exit.", callback=_print_version, is_eager=True)
    ] = False,
) -> None:
    pass


def main(argv: list[str] | None = None) -> int:
    """Run one command.

    Parameters
    ----------
    argv : list of str, optional
        Arguments without the program's name; default: those of the process.

    Returns
    -------
    int
        0; 1 where the command failed or found what it looks for; 2 where files could not be read; 64 for wrong usage; 130 when interrupted.
    """
    try:
        code: int = app(args=argv, prog_name="second-reader", standalone_mode=False) or 0
        if code == EXIT_INTERRUPTED:
            warn("second-reader: interrupted.")
        return code
    except typer.TyperException as e:
        context = getattr(e, "ctx", None)
        command = context.command_path if context else "second-reader"
        warn(f"{command}: {e.format_message()}", f"Try '{command} --help'.")
        return EXIT_USAGE
    except SecondReaderError as e:
        warn(f"second-reader: {e}")
    except OSError as e:
        warn(f"second-reader: {of_os_error(e)}")
    except Exception as e:
        if os.environ.get("SECOND_READER_TRACEBACK"):
            raise
        frame = traceback.extract_tb(e.__traceback__)[-1]
        warn(
            f"second-reader: internal error: {type(e).__name__}: {e} ({os.path.basename(frame.filename)}, line {frame.lineno}). "
            "Set SECOND_READER_TRACEBACK=1 for the traceback, and report it."
        )
    return EXIT_FAILED


if __name__ == "__main__":
    sys.exit(main())
