"""`explain`: which words and columns of a row spoke for a class."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import typer

import ratchet
from ratchet.cli import completion
from ratchet.cli.render import Output, shown
from ratchet.cli.rows import Json
from ratchet.errors import RowError
from ratchet.words import count_of, percent

if TYPE_CHECKING:
    from ratchet.classifier import Explanation


def explain(
    context: typer.Context,
    row: Annotated[str, typer.Argument(help="A row as a JSON object; - reads it from standard input.")],
    label: Annotated[str | None, typer.Option(help="The class to explain.", show_default="the answer")] = None,
    version: Annotated[
        str | None, typer.Option(help="A version; the champion by default.", autocompletion=completion.versions)
    ] = None,
    json: Json = False,
) -> None:
    """Say which words and columns of a row spoke for a class, and which against it."""
    output = Output(json=json)
    given = _row(_sent() if row == "-" else row.encode("utf-8", "surrogateescape"))
    with ratchet.open(context.obj) as classifier:
        found = classifier.explain(given, label, version=version)
    if json:
        output.document(found)
        return
    console = output.console
    console.print(shown(f"{found.name}: {percent(found.probability)}.  {found.sentence}"), markup=False)
    for each in found.contributions:
        place = "" if each.start is None else f"[{each.start}:{each.end}]"
        value = "" if each.value is None else f"  {each.value!r}"
        console.print(shown(f"{each.contribution:+9.3f}  {each.column}{place}{value}"), markup=False)
    if found.rest.count:
        console.print(f"{found.rest.contribution:+9.3f}  {count_of(found.rest.count, 'other')}")
    console.print(_how(found))


def _how(found: Explanation) -> str:
    """How far it can be believed."""
    if found.exact:
        return f"{found.base:+9.3f}  before anything is known; together {found.margin:+.3f} ({found.scale}), exactly"
    unasked = f"; {count_of(found.unasked, 'piece')} not asked for want of time" if found.unasked else ""
    return f"how much the {found.scale} {found.margin:+.3f} fall without each, no sum{unasked}"


def _sent() -> bytes:
    try:
        return sys.stdin.buffer.read()
    except (AttributeError, OSError, ValueError):  # it is closed
        raise RowError("standard input cannot be read", todo="give the row as an argument, or pipe it in") from None


def _row(text: bytes) -> dict[str, Any]:
    """The row in a text; raises `RowError`."""
    try:
        return msgspec.json.decode(text, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise RowError(
            f"the row cannot be read as a JSON object: {error}",
            todo="""give a value for each column: ratchet explain '{"text": "..."}'""",
        ) from None
