"""`forget`, `subject`: what is kept of a person."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import msgspec
import typer

import ratchet
from ratchet.cli.render import Output
from ratchet.cli.rows import Json
from ratchet.errors import RequestError, file_to_write

Id = Annotated[str, typer.Argument(metavar="ID", help="Who: the name that came with their rows, or the pseudonym.")]


def forget(
    context: typer.Context,
    id: Id,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask whether to.")] = False,
    json: Json = False,
) -> None:
    """Remove a person's rows from every place, and from the next training; prints a receipt."""
    output = Output(json=json)
    with ratchet.open(context.obj) as classifier:
        if not yes:
            rows = sum(each.count(id) for each in classifier.places())
            if not _agreed(output, rows):
                output.say("Nothing was forgotten.")
                raise typer.Exit(1)
        receipt = classifier.forget(id)
        if json:
            output.document({**msgspec.to_builtins(receipt), "rows": receipt.rows})
            return
        output.console.print(str(receipt), markup=False)
        if any(each.champion for each in receipt.versions):
            output.say("The champion learned from rows of theirs. Next: ratchet train")


def _agreed(output: Output, rows: int) -> bool:
    """Whether somebody at the terminal says so; raises `RequestError` where nobody can be asked."""
    if output.json or not sys.stdin.isatty():
        raise RequestError(
            f"forgetting {rows:,} rows is for good, and nobody is here to be asked whether to", todo="say --yes"
        )
    try:
        return typer.confirm(f"Forget {rows:,} rows for good?", err=True)
    except typer.Abort:
        return False


def subject(
    context: typer.Context,
    id: Id,
    export: Annotated[
        Path | None,
        typer.Option("--export", parser=file_to_write, metavar="FILE", help="Write it all to a file (JSON)."),
    ] = None,
    json: Json = False,
) -> None:
    """Say what is kept of a person: answers with rows, labels, rows of datasets, versions that learned from them."""
    output = Output(json=json)
    with ratchet.open(context.obj) as classifier:
        found = classifier.subject(id)
        if export is not None:
            export.touch(mode=0o600)
            export.write_bytes(msgspec.json.format(msgspec.json.encode(found), indent=2) + b"\n")
            output.say(f"Written to {export}.")
        if json:
            output.document(found)
        elif export is None:
            for each in found["places"]:
                output.console.print(f"{each['place']}: {each['rows']:,}", markup=False)
            learned = ", ".join(each["version"] for each in found["versions"])
            output.say(f"Versions that learned from rows of theirs: {learned or 'none'}. All of it: --export FILE")
