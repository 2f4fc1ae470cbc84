"""`init`, `ingest`, `check`: from a table to a checked dataset version."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand

import ratchet
from ratchet.cli import render
from ratchet.cli.render import Output
from ratchet.errors import file_to_write
from ratchet.words import redacted

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
Sources = Annotated[
    list[str] | None,
    typer.Argument(
        help="Files (CSV, JSONL, Parquet, Arrow, Excel), folders (Hugging Face, too), globs, database URLs with ?table="
    ),
]


class WithChoices(TyperCommand):
    """A command whose help ends with what a spec may choose from; it is asked for only when that help is printed."""

    def format_epilog(self, ctx: Any, formatter: Any) -> None:
        """Each kind of column, and each metric, with its meaning."""
        for heading, choices in ratchet.Spec.choices().items():
            with formatter.section(heading):
                formatter.write_dl(list(choices.items()))


def init(
    context: typer.Context,
    data: Annotated[str, typer.Argument(help="The table to learn from.")],
    label: Annotated[
        str | None, typer.Option("--label", "-l", help="The column to learn; left out, the columns are named.")
    ] = None,
    name: Annotated[str | None, typer.Option(help="What to call the classifier; the file's name by default.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a ratchet.toml that is there.")] = False,
    json: Json = False,
) -> None:
    """Look at a table and write ratchet.toml, every line explained."""
    output = Output(json=json)
    draft = ratchet.init(data, label, root=context.obj, name=name, force=force)
    if json:
        output.document({"spec": draft.spec.model_dump(mode="json"), "notes": draft.notes})
        return
    output.console.print(draft.toml, markup=False)
    for note in draft.notes:
        output.say(note)
    output.say(f"Written to {context.obj / 'ratchet.toml'}. Next: ratchet ingest {shlex.quote(redacted(data))}")


def ingest(
    context: typer.Context,
    sources: Sources = None,
    feedback: Annotated[
        bool, typer.Option("--feedback", help="Instead of sources: the answers whose true label came back.")
    ] = False,
    correct: Annotated[
        bool, typer.Option("--correct", help="Rows that are there with another label get the label given now.")
    ] = False,
    json: Json = False,
) -> None:
    """Take rows in: typed, checked, versioned, split. Bad rows are set aside with their reasons."""
    if feedback == bool(sources):
        raise typer.BadParameter("give sources to read, or --feedback and no sources")
    if feedback and correct:
        raise typer.BadParameter("--feedback corrects labels as it is; --correct is for sources")
    output = Output(json=json)
    with ratchet.open(context.obj) as classifier:
        with output.progress() as progress:
            if feedback:
                taken = classifier.ingest_feedback(progress=progress)
            else:
                taken = classifier.ingest(*(sources or ()), correct=correct, progress=progress)
            found = classifier.check(progress=progress)
        if json:
            output.document(
                {
                    "dataset": taken.dataset.id,
                    "rows": taken.dataset.rows,
                    "added": taken.added,
                    "repeated": taken.repeated,
                    "bad": taken.bad,
                    "corrected": taken.corrected,
                    "gone": taken.gone,
                    "quarantine": str(taken.quarantine_file) if taken.quarantine_file else None,
                    "findings": found,
                }
            )
            return
        output.console.print(
            f"Dataset {taken.dataset.id[:12]}: {taken.dataset.rows:,} rows "
            f"({taken.added:,} new, {taken.repeated:,} already there, {taken.bad:,} set aside)",
            markup=False,
        )
        if taken.corrected:
            output.say(f"{taken.corrected:,} rows that were there have another label now.")
        if taken.gone:
            output.say(f"{taken.gone:,} more have lost a large cell (a picture, a long text) and are left out.")
        if taken.quarantine_file:
            output.say(f"The rows set aside, with their reasons: {taken.quarantine_file}")
        render.findings(output.console, found)


def check(
    context: typer.Context,
    rows: Annotated[
        Path | None,
        typer.Option(
            "--rows",
            parser=file_to_write,
            metavar="FILE",
            help="Write the rows that are concerned, with all their columns (CSV).",
        ),
    ] = None,
    json: Json = False,
) -> None:
    """Say what is wrong with the rows, most harmful first; exits 1 where something makes them unfit."""
    output = Output(json=json)
    with ratchet.open(context.obj) as classifier:
        with output.progress() as progress:
            found = classifier.check(progress=progress)
        if rows is not None:
            output.say(f"{classifier.write_concerned(found, rows):,} rows that are concerned: {rows}")
        if json:
            output.document({"findings": found})
        else:
            render.findings(output.console, found)
        if any(each.severity == "error" for each in found):
            raise typer.Exit(1)
