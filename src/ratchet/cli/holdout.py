"""`holdout rotate`: the next generation of the holdout, on rows that were never asked."""

from __future__ import annotations

import typer

import ratchet
from ratchet.cli.render import Output
from ratchet.cli.rows import Json

app = typer.Typer(help="The rows that only the gate sees.", no_args_is_help=True)


@app.callback()
def holdout() -> None:
    """The rows that only the gate sees."""


@app.command()
def rotate(context: typer.Context, json: Json = False) -> None:
    """Let the held-out rows that were never asked judge alone, before they are as many as the others."""
    output = Output(json=json)
    with ratchet.open(context.obj) as classifier, output.progress() as progress:
        dataset = classifier.rotate(progress=progress)
    if json:
        output.document({"dataset": dataset.id, "holdout": {"id": dataset.split_id, "rows": dataset.sides["holdout"]}})
    else:
        output.say(f"Holdout {dataset.split_id}: {dataset.sides['holdout']:,} of {dataset.rows:,} rows, never asked.")
        output.say("The rows asked before may be learned from now. Next: ratchet train.")
