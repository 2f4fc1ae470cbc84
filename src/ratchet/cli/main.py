"""The command line: which commands there are, and what it exits with."""

from __future__ import annotations

import os
import shlex
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any

import typer

import ratchet
from ratchet import platforms
from ratchet.cli import (
    answer,
    audit,
    completion,
    demo,
    doctor,
    explain,
    export,
    failures,
    holdout,
    keys,
    label,
    learn,
    rows,
    runs,
    sealed,
    stopped,
    subjects,
    tracking,
    traffic,
    usage,
    versions,
    why,
)
from ratchet.cli.render import Output
from ratchet.errors import PathError, RatchetError, of_path
from ratchet.words import plain

_UsageError: type[Exception] = typer.BadParameter.__mro__[1]
"""Words that a command does not take; typer exports only this one case of it."""

EXIT_CODES = (
    "Exit codes: 0 done, 1 refused by the gate or a check, 2 wrong input, 3 something needed is away, busy or out of "
    "time, memory or disk (try again), 4 a mistake of Ratchet's own, 130 Ctrl-C, 143 SIGTERM.  `ratchet explain-error` "
    "says what each error means."
)
app = typer.Typer(
    name="ratchet",
    help="Labelled rows in, a gated and served champion out.",
    epilog=EXIT_CODES,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # plain help: the rich one takes a quarter of a second to load
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command(cls=rows.WithChoices)(rows.init)
for command in (
    rows.ingest, rows.check, label.label, learn.train, learn.show, learn.learning_curve, learn.compare,
    versions.promote, versions.rollback, traffic.traffic, runs.runs, audit.audit, usage.usage, subjects.forget,
    subjects.subject, sealed.reseal, sealed.unseal,
    answer.predict, why.explain, answer.serve, answer.up, export.export, doctor.doctor, demo.demo,
    explain.explain_error, completion.completion,
):  # fmt: skip
    app.command()(command)
app.add_typer(holdout.app, name="holdout")
app.add_typer(keys.app, name="keys")
app.add_typer(tracking.app, name="tracking")


def _print_version(asked: bool) -> None:
    if asked:
        typer.echo(ratchet.__version__)
        raise typer.Exit


@app.callback()
def root(
    context: typer.Context,
    folder: Annotated[
        Path,
        typer.Option(
            "--root", "-C", envvar="RATCHET_ROOT", help="The folder that holds ratchet.toml.", show_default="here"
        ),
    ] = Path(),
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Labelled rows in, a gated and served champion out."""
    try:
        Path.cwd()
    except OSError:
        raise PathError("the folder this was started in is gone, or may not be entered", todo="cd to another") from None
    context.obj = folder
    source = context.get_parameter_source("folder")
    typed = source is not None and source.name == "COMMANDLINE"
    Output.given = f"-C {shlex.quote(str(folder))} " if typed else ""
    _hear_environment(folder)


def _hear_environment(folder: Path) -> None:
    """Take in what ``.env`` has for libraries, and say which variables have no effect."""
    inside = (folder if folder.suffix == ".toml" else folder / "ratchet.toml").with_name(".env")
    try:
        there = inside.is_file()
    except (OSError, ValueError):  # a folder that cannot be is told of by whoever opens it
        return
    if there or any(name.upper().startswith("RATCHET") for name in os.environ):
        from ratchet.settings import hand_on, warnings  # it takes a tenth of a second to load

        with suppress(RatchetError):  # whoever needs the settings says what is wrong with the file
            hand_on(folder)
            for warning in warnings(folder):
                Output().say(f"ratchet: {warning}")


def main() -> None:
    """Run the command line of this process."""
    platforms.restart_in_utf8()
    if completion.VARIABLE in os.environ:
        sys.exit(completion.answer(typer.main.get_command(app)))
    _have_streams()
    stopped.listen()
    try:
        code = run(sys.argv[1:])
    except KeyboardInterrupt as stop:  # it fell between a command's end and here
        code = stopped.code(stop)
    stopped.turn_deaf()
    sys.exit(code)


def run(words: Sequence[str]) -> int:
    """Run one command; what it exits with.

    Whatever goes wrong is told in words on standard error, and with ``--json`` as one document on standard output.
    """
    Output.printed, Output.given = False, ""
    output = Output(json="--json" in words)
    try:
        code = _told(output, words)
        sys.stdout.flush()
        return code
    except BrokenPipeError:  # whoever read what is printed has gone, as `head` does
        _be_silent(sys.stdout)
        return 128 + signal.SIGPIPE
    except OSError as error:
        _be_silent(sys.stdout)
        return output.error(of_path(error, "standard output"))


def _told(output: Output, words: Sequence[str]) -> int:
    """Run a command, and say what it failed with."""
    at: list[str | None] = [None]
    try:
        return _invoked(words, at)
    except BrokenPipeError:
        raise
    except KeyboardInterrupt as stop:
        problem, todo = stopped.sentence(stop, at[0], words)
        output.failure("interrupted", problem, todo=todo)
        return stopped.code(stop)
    except _UsageError as error:
        return _usage(output, error)
    except Exception as error:
        return output.error(failures.told(error, words))


def _invoked(words: Sequence[str], at: list[str | None]) -> int:
    """Run a command as click does, and let its errors through; ``at`` is told its name as soon as it is known."""
    command: Any = typer.main.get_command(app)
    if any("\0" in word for word in words):
        raise typer.BadParameter("an argument holds a NUL character, which no path and no name may have")
    try:
        with command.make_context("ratchet", list(words)) as context:
            try:
                command.invoke(context)
                stopped.turn_deaf()
            finally:
                at[0] = context.invoked_subcommand
    except typer.Exit as end:
        return end.exit_code
    return 0


def _usage(output: Output, error: Any) -> int:
    """Words that the command line does not know."""
    context, found = error.ctx, error.format_message()
    if found.startswith("Usage:"):  # nothing was asked: what may be asked
        output.say(found)
        return 2
    if context and not output.json:
        output.say(context.get_usage())
    path = context.command_path if context else "ratchet"
    output.failure("usage", plain(found), todo=f"{path} --help says what it takes")
    return 2


def _have_streams() -> None:
    """Standard streams that take any text, also where the shell closed them or the language knows ASCII only."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: PTH123, SIM115
        else:
            stream.reconfigure(errors="backslashreplace")


def _be_silent(stream: Any) -> None:
    """Lead what is still to be written nowhere, so that the end of this process has nothing to fail with."""
    with suppress(OSError, ValueError), open(os.devnull, "wb") as nowhere:  # noqa: PTH123
        os.dup2(nowhere.fileno(), stream.fileno())
