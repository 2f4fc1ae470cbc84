"""The command line.  Exit codes: 0 done, 1 refused by the gate or a check, 2 wrong input."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

import ratchet
from ratchet import platforms
from ratchet.cli import answer, demo, doctor, holdout, learn, rows, versions
from ratchet.cli.render import Output
from ratchet.errors import RatchetError

app = typer.Typer(
    name="ratchet",
    help="Labelled rows in, a gated and served champion out.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # plain help: the rich one takes a quarter of a second to load
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command(cls=rows.WithChoices)(rows.init)
for command in (
    rows.ingest, rows.check, learn.train, learn.show, learn.compare, versions.promote, versions.rollback,
    answer.predict, answer.serve, answer.up, doctor.doctor, demo.demo,
):  # fmt: skip
    app.command()(command)
app.add_typer(holdout.app, name="holdout")


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
    context.obj = folder


def main() -> None:
    """Run the command line; an error of ours is told in words, not as a traceback."""
    platforms.restart_in_utf8()
    try:
        app()
    except RatchetError as error:
        Output(json="--json" in sys.argv).error(error)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(130)
