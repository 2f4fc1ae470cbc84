"""`tracking sync`: what trackers missed while they were away."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

import ratchet
from ratchet.cli.render import Output
from ratchet.cli.rows import Json

if TYPE_CHECKING:
    from ratchet.classifier import Classifier, Told

app = typer.Typer(help="Who is told of runs: MLflow, Weights & Biases.", no_args_is_help=True)


@app.callback()
def tracking() -> None:
    """Who is told of runs: MLflow, Weights & Biases."""


@app.command()
def sync(context: typer.Context, json: Json = False) -> None:
    """Tell each tracker the runs and changes of champion that it missed; exits 3 where one is still away."""
    output = Output(json=json)
    with ratchet.open(context.obj) as classifier:
        found = classifier.sync_trackers()
    if json:
        output.document({"trackers": found})
    for each in found:
        output.say(_sentence(each))
    if not found:
        output.say("No tracker is set: RATCHET_TRACKING=mlflow, wandb, or both parted by a comma, sets one.")
    if any(each.waiting for each in found):
        raise typer.Exit(3)


def say_untold(output: Output, classifier: Classifier) -> None:
    """Say of each tracker that was not told of what was just done."""
    for sentence in classifier.untold():
        output.say(sentence)


def _sentence(told: Told) -> str:
    runs = f"the run of version {' and of '.join(told.versions)}" if told.versions else ""
    champion = f"version {told.champion} as champion" if told.champion else ""
    what = " and ".join(filter(None, (runs, champion)))
    said = f"{told.tracker}: told of {what}." if what else f"{told.tracker}: nothing was missed."
    if not told.waiting:
        return said
    still = f"still waiting: {told.waiting}.  {told.problem or 'It was not told.'}"
    return f"{said} {still}" if what else f"{told.tracker}: {still}"
