"""`reseal`, `unseal`: what is kept encrypted."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec
import typer

import ratchet
from ratchet.cli.render import Output
from ratchet.cli.rows import Json
from ratchet.words import listed


def reseal(
    context: typer.Context,
    open: Annotated[
        bool, typer.Option("--open", help="Open everything for good; the spec must encrypt nothing any more.")
    ] = False,
    json: Json = False,
) -> None:
    """Bring all that is kept encrypted to the newest key; the older keys are still given, after it."""
    output = Output(json=json)
    with ratchet.open(context.obj) as classifier, output.progress() as progress:
        done = classifier.reseal(open=open, progress=progress)
    if json:
        output.document(done)
        return
    what = "opened" if done.key is None else f"brought to the key {done.key}"
    output.say(
        f"{done.files:,} files, {done.rows:,} rows of the log and {done.quarantined:,} quarantine files were {what}"
    )
    for id, place in done.needed.items():
        output.say(f"The key {id} is still needed by {place}: what waits there is shipped soon; run this again then.")
    if done.spare:
        begun = "key is" if len(done.spare) == 1 else "keys are"
        output.say(f"Nothing here needs {listed(done.spare)} any more: that {begun} for copies of before only.")


def unseal(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="A file of .ratchet/quarantine/.")],
) -> None:
    """Print the rows of a quarantine file, a JSON document a line, with what it quotes opened."""
    output = Output()
    with ratchet.open(context.obj) as classifier:
        for row in classifier.unsealed(file):
            output.console.print(msgspec.json.encode(row).decode(), markup=False, soft_wrap=True)
