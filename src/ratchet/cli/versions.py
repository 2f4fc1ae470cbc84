"""`promote`, `rollback`: who is champion, always through the ledger."""

from __future__ import annotations

from typing import Annotated

import typer

import ratchet
from ratchet.cli import completion, tracking
from ratchet.cli.render import Output
from ratchet.cli.rows import Json

Reason = Annotated[str, typer.Option("--reason", "-r", help="Why; it is kept in the ledger.")]


def promote(
    context: typer.Context,
    version: Annotated[str, typer.Argument(help="The version to make champion.", autocompletion=completion.versions)],
    reason: Reason = "",
    override: Annotated[
        bool, typer.Option("--override", help="Promote against the gate's decision; needs --reason.")
    ] = False,
    json: Json = False,
) -> None:
    """Make a version the champion; one that is stays so."""
    output = Output(json=json)
    with ratchet.open(context.obj) as classifier:
        already = classifier.champion() == version
        event = classifier.ledger()[-1] if already else classifier.promote(version, reason=reason, override=override)
        output.document(event) if json else output.say(f"Version {version} is champion{' already' * already}.")
        tracking.say_untold(output, classifier)


def rollback(
    context: typer.Context,
    reason: Reason = "",
    to: Annotated[
        str | None,
        typer.Option(
            help="A version that was champion; the one before by default.", autocompletion=completion.versions
        ),
    ] = None,
    json: Json = False,
) -> None:
    """Give the place back to the champion before."""
    output = Output(json=json)
    with ratchet.open(context.obj) as classifier:
        version = classifier.rollback(reason=reason, to=to)
        output.document({"champion": version}) if json else output.say(f"Version {version} is champion again.")
        tracking.say_untold(output, classifier)
