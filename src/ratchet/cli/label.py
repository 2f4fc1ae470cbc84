"""`label`: true labels in bulk, for answers that were given."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

import ratchet
from ratchet.cli.render import Output
from ratchet.cli.rows import Json


class Came(StrEnum):
    """How labels came."""

    USER = "user"
    EXPERT = "expert"
    OUTCOME = "outcome"
    IMPORT = "import"


def label(
    context: typer.Context,
    source: Annotated[
        str,
        typer.Argument(help="A table with the ids of answers and their true labels: a file, folder, glob or address."),
    ],
    id: Annotated[str, typer.Option("--id", help="The column of the answers' ids.")] = "id",
    label: Annotated[str, typer.Option("--label", "-l", help="The column of the true labels.")] = "label",
    came: Annotated[
        Came,
        typer.Option("--source", help="How they came; only outcomes, which come for all answers, may be held out."),
    ] = Came.IMPORT,
    json: Json = False,
) -> None:
    """Keep the true labels of many answers. Bad rows are set aside; a table may be given again."""
    output = Output(json=json)
    with ratchet.open(context.obj) as classifier:
        with output.progress() as progress:
            done = classifier.label(source, id=id, label=label, came=came.value, progress=progress)
        for bad in done.first:
            output.say(f"set aside: {bad}")
        if json:
            output.document(done)
            return
        output.console.print(
            f"{done.kept:,} labels kept ({done.corrected:,} differ from what was said before), {done.repeated:,} were "
            f"there already, {done.bad:,} set aside; the answer was right in {done.agreed:,} of "
            f"{done.kept + done.repeated:,}",
            markup=False,
        )
        if done.quarantine_file:
            output.say(f"The rows set aside, with their reasons: {done.quarantine_file}")
        output.say("Next: ratchet ingest --feedback takes the labelled answers in, to learn from.")
