"""`holdout rotate`: a new holdout, when the old one is spent."""

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
    """Draw a new holdout by rule, from all rows. The next training judges champion and challenger on it."""
    output = Output(json=json)
    with ratchet.open(context.obj) as classifier, output.progress() as progress:
        dataset = classifier.rotate(progress=progress)
    if json:
        output.document({"dataset": dataset.id, "holdout": {"id": dataset.split_id, "rows": dataset.sides["holdout"]}})
    else:
        output.say(f"Holdout {dataset.split_id}: {dataset.sides['holdout']:,} of {dataset.rows:,} rows, not used yet.")
        output.say(
            "Next: ratchet train. The champion's recipe is fitted again outside it, so that both are judged fairly."
        )
