"""`export`: a version, carried to where there is no Ratchet server."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

import ratchet
from ratchet.cli import completion
from ratchet.cli.render import Output
from ratchet.cli.rows import Json
from ratchet.words import count_of


def export(
    context: typer.Context,
    version: Annotated[str, typer.Argument(help="The version to export.", autocompletion=completion.versions)],
    to: Annotated[
        str | None, typer.Option("--to", help="mlflow, onnx, sklearn or python; without it they are listed.")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FOLDER",
            help="A new or empty folder; NAME_VERSION_TO by default.",
        ),
    ] = None,
    json: Json = False,
) -> None:
    """Write a version for MLflow, ONNX, scikit-learn or NumPy alone, checked against its answers here."""
    output = Output(json=json)
    with ratchet.open(context.obj) as classifier:
        if to is None:
            ways = classifier.exports()
            if json:
                output.document({"ways": ways})
            else:
                typer.echo("\n".join(f"ratchet export {version} --to {name:<8} {text}" for name, text in ways.items()))
            return
        made = classifier.export(version, to=to, folder=out)
    if json:
        output.document(made)
        return
    output.say(f"Version {version} written to {made.folder}: {count_of(made.files, 'file')}, {made.bytes:,} bytes")
    output.say(f"Checked: {made.checked}")
    typer.echo("\n".join(made.use))
