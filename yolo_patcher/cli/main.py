"""Run the command line, and turn every way it can end into an exit code."""

from __future__ import annotations

import functools
import gc
import io
import sys
from typing import Any, NoReturn

from yolo_patcher.cli.streams import give_up_stdout, open_streams
from yolo_patcher.errors import EXIT_CODES, PatcherError


def main(argv: list[str] | None = None) -> NoReturn:
    """Run yolo-patcher and exit."""
    # What a command imports it keeps to its end, and collecting would walk all of it time and again.
    gc.set_threshold(1_000_000)
    open_streams()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A terminal that lacks a character shows a question mark; that is no reason to fail behind a commit.
            stream.reconfigure(errors="replace")
    code = run(sys.argv[1:] if argv is None else argv)
    gc.freeze()
    sys.exit(code)


def run(argv: list[str]) -> int:
    """Run yolo-patcher and give the exit code; no exception leaves it."""
    as_json = "--json" in argv
    verbose = "-v" in argv or "--verbose" in argv
    command = next((word for word in argv if not word.startswith("-")), "")
    try:
        code = _call(argv)
        sys.stdout.flush()
        return code
    except BrokenPipeError:
        return _nobody_reads()
    except SystemExit as end:
        # The parser and the console end the program, each in its own way, when the reader of a pipe has gone.
        if isinstance(end.__context__, BrokenPipeError):
            return _nobody_reads()
        return end.code if isinstance(end.code, int) else EXIT_CODES["internal"] if end.code else 0
    except KeyboardInterrupt:
        return _fail(PatcherError("interrupted", "interrupted; nothing was left half done"), command, as_json, "")
    except PatcherError as error:
        return _fail(error, command, as_json, _trace(error) if verbose else "")
    except OSError as error:
        from yolo_patcher.cli.errors import bug, unwritten

        # Of a stream the system names no file. Results are also shown while the work goes on, and by the parser.
        known = unwritten(error, "") if error.filename is None else bug(error)
        return _fail(known, command, as_json, _trace(error) if verbose else "")
    except Exception as error:
        from yolo_patcher.cli.errors import bug

        return _fail(bug(error), command, as_json, _trace(error) if verbose else "")


def _nobody_reads() -> int:
    """Go on without a reader of stdout, which is no failure."""
    give_up_stdout()
    return 0


@functools.cache
def _program() -> Any:
    """Give the parser's commands; making them of their signatures takes longer than most commands."""
    import typer.main

    from yolo_patcher.cli.app import app

    return typer.main.get_command(app)


def _call(argv: list[str]) -> int:
    from yolo_patcher.cli.run import CommandExitError

    usage_error, exit_error = _parser_errors()
    try:
        result = _program().main(args=argv, prog_name="yolo-patcher", standalone_mode=False)
    except CommandExitError as end:
        return end.code
    except exit_error as end:
        return int(getattr(end, "exit_code", 0))
    except usage_error as error:
        said = error.format_message() if hasattr(error, "format_message") else str(error)
        if not said:
            # The parser has shown the help, and there is nothing to add.
            return EXIT_CODES["usage"]
        raise PatcherError("usage", said.rstrip("."), help=_where_help_is(error)) from error
    if result == EXIT_CODES["interrupted"]:
        # The parser takes Ctrl-C for a silent end, but it shall be told like any other failure.
        raise KeyboardInterrupt
    return result if isinstance(result, int) else 0


def _where_help_is(error: Exception) -> str:
    """Name the help that tells how the command is used that was used wrongly."""
    context = getattr(error, "ctx", None)
    if context is None or context.parent is None:
        return "`yolo-patcher --help` shows the commands, `yolo-patcher COMMAND --help` the options."
    return f"`yolo-patcher {context.info_name} --help` shows how it is used."


def _parser_errors() -> tuple[type[Exception], type[Exception]]:
    """Give the parser's exceptions for wrong usage and for an early end, wherever typer takes its parser from."""
    import typer

    bases = [base for base in typer.BadParameter.__mro__ if base.__name__ == "ClickException"]
    return bases[0], typer.Exit


def _fail(error: PatcherError, command: str, as_json: bool, trace: str) -> int:
    from yolo_patcher.cli.errors import UNWRITTEN, print_error

    told = as_json and error.reason != UNWRITTEN
    try:
        if told:
            print_error(error, command, True, trace)
        sys.stdout.flush()
    except OSError as lost:
        give_up_stdout()
        told = isinstance(lost, BrokenPipeError) and told
    if not told:
        print_error(error, command, False, trace)
    return error.code


def _trace(error: BaseException) -> str:
    import traceback

    verification = getattr(error, "verification", None)
    checks = "\n".join(check.trace for check in verification.failures) if verification else ""
    return checks or "".join(traceback.format_exception(error))
