"""`audit`: who did what, and whether anybody changed what is told of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

import ratchet
from ratchet.cli.render import Output
from ratchet.cli.rows import Json

if TYPE_CHECKING:
    from ratchet.classifier import Entry, Verified

_REFUSED = 1
_DETAIL = 60
"""Characters of what was before and after that a line shows."""


def audit(
    context: typer.Context,
    actor: Annotated[str | None, typer.Option(help="Only what this one did.")] = None,
    action: Annotated[str | None, typer.Option(help="Only this: keys.add, or keys for all that begin so.")] = None,
    classifier: Annotated[str | None, typer.Option(help="Only what was done to this one.")] = None,
    since: Annotated[str | None, typer.Option(help="Only since then: 90m, 12h, 7d, 4w ago, or 2026-01-31.")] = None,
    last: Annotated[int, typer.Option(help="So many entries, the newest, 1 to 1000.")] = 20,
    before: Annotated[int | None, typer.Option(help="Only entries before this number: the next page.")] = None,
    verify: Annotated[
        bool, typer.Option("--verify", help="See that none was changed or is missing; else exit 1.")
    ] = False,
    head: Annotated[
        list[str] | None, typer.Option(help="With --verify: a head that it printed before, kept elsewhere.")
    ] = None,
    json: Json = False,
) -> None:
    """Say who changed what and who read rows, newest first."""
    output = Output(json=json)
    with ratchet.open(context.obj) as opened:
        if verify:
            _verify(output, opened.verify_audit(head or ()))
            return
        found = opened.audit(actor=actor, action=action, classifier=classifier, since=since, before=before, limit=last)
    output.document({"entries": found}) if json else _list(output, found)


def _verify(output: Output, found: Verified) -> None:
    if output.json:
        output.document(found)
    if found.damage is not None:
        output.say(f"The audit is damaged: {found.damage}.  Before that {found.entries:,} entries are as written.")
        raise typer.Exit(_REFUSED)
    output.say(f"The audit is whole: {found.entries:,} entries, as they were written.")
    if found.notice is not None:
        output.say(f"What cannot be told is whether newer ones were cut off: {found.notice}.")
    if found.head is not None:
        output.say(f"Its head, to keep elsewhere: {found.head}")


def _list(output: Output, found: list[Entry]) -> None:
    if not found:
        output.say("There are no such entries.")
        return
    rows = [("entry", "when", "who", "from", "did", "to what", "what changed")]
    rows += [
        (
            str(each.seq),
            f"{each.at.astimezone():%Y-%m-%d %H:%M:%S}",
            each.actor + (f" ({each.key_id})" if each.key_id else ""),
            each.address or each.via,
            each.action,
            each.target if each.classifier is None else f"{each.classifier}: {each.target}",
            _change(each),
        )
        for each in found
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        line = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        output.console.print(line.rstrip(), markup=False)


def _change(entry: Entry) -> str:
    """What was before and after, in a few words; --json tells all of it."""
    sides = [", ".join(f"{name} {value}" for name, value in _named(each)) for each in (entry.before, entry.after)]
    text = " -> ".join(side for side in sides if side)
    return text if len(text) <= _DETAIL else text[: _DETAIL - 1] + "…"


def _named(detail: Any) -> list[tuple[str, Any]]:
    return list(detail.items()) if isinstance(detail, dict) else [] if detail is None else [("", detail)]
