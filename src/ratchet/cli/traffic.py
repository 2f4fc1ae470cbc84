"""`traffic`: who answers beside the champion."""

from __future__ import annotations

from typing import Annotated

import typer

import ratchet
from ratchet.cli.render import Output
from ratchet.cli.rows import Json


def traffic(
    context: typer.Context,
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[VERSION=SHARE...]", help="Who answers from now on: 3=10% 4=shadow; end: the champion alone."
        ),
    ] = None,
    reason: Annotated[str, typer.Option("--reason", "-r", help="Why; it is kept in the ledger.")] = "",
    json: Json = False,
) -> None:
    """Who answers what part of the traffic; have versions answer shares of it, or listen in without being heard."""
    from ratchet.classifier import parse  # it loads NumPy

    output, wanted = Output(json=json), words or []
    shares, shadow = ({}, []) if wanted == ["end"] else parse(wanted)
    with ratchet.open(context.obj) as classifier:
        found = classifier.set_traffic(shares, shadow=shadow, reason=reason) if wanted else classifier.traffic()
    if json:
        output.document(found)
        return
    output.say(str(found))
    for each in found.changes:
        output.say(f"  {each}")
