"""The command line: `python -m core COMMAND`. Each command imports only what it needs."""

import argparse
import os
import sys

from core.commands import EXIT_FAILED, EXIT_USAGE, data, evaluation, keeping, notes, reading, training
from core.errors import SecondReaderError


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

    for subject in (reading, keeping, data, training, evaluation, notes):
        subject.add(commands)
    return parser


if __name__ == "__main__":
    sys.exit(main())
