"""`train`, `show`, `compare`: candidates, and the evidence about them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

import ratchet
from ratchet.cli import completion, render
from ratchet.cli import trials as search
from ratchet.cli.render import Output
from ratchet.cli.rows import Json
from ratchet.errors import file_to_write, of_path

Version = Annotated[str, typer.Argument(autocompletion=completion.versions)]


def train(
    context: typer.Context,
    sources: Annotated[list[str] | None, typer.Argument(help="Rows to take in first.")] = None,
    stage: Annotated[
        bool,
        typer.Option(
            "--stage",
            "--no-promote",
            help="Leave what the gate lets through as a challenger: `promote` makes it champion.",
        ),
    ] = False,
    recipe: Annotated[
        str | None,
        typer.Option(
            help="Fit the recipe of `champion`, or of a version, to today's rows; nothing is searched.",
            autocompletion=completion.versions,
        ),
    ] = None,
    json: Json = False,
) -> None:
    """Train, judge, and promote what the gate lets through; exits 1 where it does not.

    Ctrl-C ends the search and goes on with the best so far; a second one stops at once.  Rows and spec that were
    learned already are not learned again: what was decided of them stands.
    """
    output = Output(json=json)
    with ratchet.open(context.obj) as classifier:
        with output.progress() as progress:
            version = classifier.train(*(sources or ()), promote=not stage, recipe=recipe, progress=progress).version
        document = classifier.show(version)
        if json:
            output.document(document)
        else:
            render.report(output.console, document)
    if document["decision"]["outcome"] != "promote":
        raise typer.Exit(1)
    if document["stage"] == "challenger":
        output.say(f"Version {version} is a challenger: ratchet promote {version} makes it champion.")


def show(
    context: typer.Context,
    version: Annotated[
        str | None,
        typer.Argument(
            help="A version; the champion, else the newest, by default.", autocompletion=completion.versions
        ),
    ] = None,
    html: Annotated[
        Path | None, typer.Option(parser=file_to_write, metavar="FILE", help="Write a page with plots to this file.")
    ] = None,
    look: Annotated[
        bool,
        typer.Option(
            "--look",
            help="All that the holdout says, and the rows it is most wrong about; recorded, and counted by the gate.",
        ),
    ] = False,
    families: Annotated[
        bool, typer.Option("--families", help="Also the best of each candidate, on the rows it was tuned on.")
    ] = False,
    trials: Annotated[
        bool, typer.Option("--trials", help="Every trial of the search, not the best five only.")
    ] = False,
    json: Json = False,
) -> None:
    """Show one version: scorecard, decision, findings, how the holdout stands, and the list of versions."""
    output = Output(json=json)
    with ratchet.open(context.obj) as classifier:
        document = classifier.show(version, look=look)
        if html:
            _put(html, classifier.page(version, look=look))
            output.say(f"Written to {html}")
        if json:
            output.document(document)
            return
        render.report(output.console, document)
        output.console.print()
        search.leaderboard(output.console, document, every=trials)
        if families:
            render.candidates(output.console, document)
            output.console.print()
        render.versions(output.console, classifier.versions())


def _put(path: Path, page: str) -> None:
    """Write a page whole or not at all; a device or a pipe is written to, and never replaced by a file."""
    part = path.with_name(f".{path.name[:100]}.{os.getpid()}.part")
    try:
        if path.exists() and not (path.is_file() or path.is_dir()):
            path.write_text(page, encoding="utf-8")
            return
        try:
            part.write_text(page, encoding="utf-8")
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise of_path(error, path) from None


def learning_curve(
    context: typer.Context,
    version: Annotated[
        str | None,
        typer.Argument(
            help="A version; the champion, else the newest, by default.", autocompletion=completion.versions
        ),
    ] = None,
    budget: Annotated[
        float | None, typer.Option(help="Seconds it may take; those of the search by default.", min=1.0)
    ] = None,
    json: Json = False,
) -> None:
    """Would more labels help, and how many: learn from growing shares of the rows, by the champion's recipe."""
    output = Output(json=json)
    with ratchet.open(context.obj) as classifier, output.progress() as progress:
        document = classifier.learning_curve(version, budget=budget, progress=progress)
    if json:
        output.document(document)
    else:
        search.learning_curve(output.console, document)


def compare(context: typer.Context, first: Version, second: Version, json: Json = False) -> None:
    """Judge SECOND against FIRST on today's holdout, row by row, as the gate would; counts as a look at it."""
    output = Output(json=json)
    with ratchet.open(context.obj) as classifier:
        document = classifier.compare(first, second)
        if json:
            output.document(document)
        else:
            render.comparison(output.console, document)
