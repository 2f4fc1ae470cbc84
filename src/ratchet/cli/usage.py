"""`usage`: who asked a server how much."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

import ratchet
from ratchet.cli.render import Output, empty_table
from ratchet.cli.rows import Json
from ratchet.words import count_of

if TYPE_CHECKING:
    from ratchet.access.usage import Counted, Usage


def usage(
    context: typer.Context,
    by: Annotated[
        str,
        typer.Option(help="What to tell it by: key, route, class, classifier, hour, day; several parted by commas."),
    ] = "key",
    since: Annotated[str, typer.Option(help="From when on: so long ago (12h, 7d, 4w), or a day (2026-03-01).")] = "7d",
    until: Annotated[str | None, typer.Option(help="Before when; now by default.")] = None,
    key: Annotated[str | None, typer.Option(help="Of this key only, by its name.")] = None,
    classifier: Annotated[str | None, typer.Option(help="Of this classifier only.")] = None,
    json: Json = False,
) -> None:
    """Who asked how much: requests, rows answered and refusals, by key, route, class, classifier, hour or day.

    Of servers that keep their usage here: those whose first classifier is in this folder, or shares its database.
    """
    output = Output(json=json)
    from ratchet.access.moments import moment  # it loads NumPy

    begin, end = moment(since), None if until is None else moment(until)
    with ratchet.open(context.obj) as opened:
        found = opened.usage(by.split(","), since=begin, until=end, key=key, classifier=classifier)
    output.document(found) if json else _table(output, found)


def _table(output: Output, found: Usage) -> None:
    if not found.counts:
        output.say(f"Nothing was asked of a server since {found.since:%Y-%m-%d %H:%M} UTC. Next: ratchet serve")
        return
    table = empty_table(", ".join(found.by), "requests", "rows", "refused")
    for each in found.counts:
        name = ", ".join(text or "-" for text in each.by.values())
        table.add_row(name, *_numbers(each))
    output.console.print(table)
    total = found.total
    said = f"{count_of(total.requests, 'request')}, {count_of(total.rows, 'row')} answered, {total.refused:,} refused"
    output.say(f"{said}, since {found.since:%Y-%m-%d %H:%M} UTC.")


def _numbers(each: Counted) -> tuple[str, str, str]:
    return f"{each.requests:,}", f"{each.rows:,}", f"{each.refused:,}"
