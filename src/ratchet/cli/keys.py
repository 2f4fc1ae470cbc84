"""`keys`: who may ask a server, and what."""

from __future__ import annotations

import sys
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import typer

import ratchet
from ratchet.cli.render import Output
from ratchet.cli.rows import Json
from ratchet.words import seconds_of

if TYPE_CHECKING:
    from ratchet.access.keys import Key, NewKey

app = typer.Typer(help="Who may ask a server, and what: keys with roles.", no_args_is_help=True)
Which = Annotated[str, typer.Argument(help="Its id or its name.")]


def lasting(text: str | timedelta) -> timedelta:
    """A time as it was typed, such as 90d; raises `typer.BadParameter` for what is none."""
    if isinstance(text, timedelta):  # a default
        return text
    try:
        return timedelta(seconds=seconds_of(text))
    except ValueError:
        raise typer.BadParameter("a time such as 12h or 90d") from None


@app.callback()
def keys() -> None:
    """Who may ask a server, and what: keys with roles."""


@app.command()
def add(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="Whose key it is, such as ann or billing-app.")],
    role: Annotated[
        str, typer.Option(help="user, labeller, developer or admin; each may do what those before it may.")
    ] = "user",
    scope: Annotated[
        list[str] | None,
        typer.Option(help="A classifier that it opens; may be given several times.", show_default="all"),
    ] = None,
    expires: Annotated[
        timedelta | None,
        typer.Option(parser=lasting, metavar="TIME", help="After that it is over: 12h, 90d.", show_default="never"),
    ] = None,
    json: Json = False,
) -> None:
    """Make a key: it is printed this once, on standard output, and kept nowhere."""
    from ratchet.system import names_near  # it loads with what opens a workspace, not with the command line

    output = Output(json=json)
    with ratchet.open(context.obj) as classifier:
        among = names_near(context.obj) if scope else None
        made = classifier.access.keys.add(name, role, scopes=scope or None, expires=expires, among=among)
        _tell(output, made)


@app.command("list")
def every(context: typer.Context, json: Json = False) -> None:
    """Every key there is or was; never the key itself."""
    output = Output(json=json)
    with ratchet.open(context.obj) as classifier:
        found = classifier.access.keys.every()
    if json:
        output.document({"keys": [_document(each) for each in found]})
        return
    if not found:
        output.say("There is no key yet: ratchet keys add NAME makes one.")
        return
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for title in ("id", "name", "role", "opens", "made", "by", "until", "state"):
        table.add_column(title)
    for each in found:
        until = "" if each.expires_at is None else f"{each.expires_at:%Y-%m-%d %H:%M}"
        opens, made = ", ".join(each.scopes or ()) or "all", f"{each.created_at:%Y-%m-%d %H:%M}"
        table.add_row(each.id, each.name, each.role.value, opens, made, each.created_by, until, each.state)
    output.console.print(table, markup=False)


@app.command()
def revoke(context: typer.Context, key: Which, json: Json = False) -> None:
    """End a key at once: every server refuses it within two seconds, and its sessions are over."""
    output = Output(json=json)
    with ratchet.open(context.obj) as classifier:
        ended = classifier.access.keys.revoke(key)
    output.document(_document(ended)) if json else output.say(f"The key {ended.id} of {ended.name} opens nothing more.")


@app.command()
def rotate(
    context: typer.Context,
    key: Which,
    grace: Annotated[
        timedelta,
        typer.Option(parser=lasting, metavar="TIME", help="How long the old one still holds: 1h.", show_default="0s"),
    ] = timedelta(0),
    json: Json = False,
) -> None:
    """A new key in the place of an old one, of the same name and role."""
    output = Output(json=json)
    with ratchet.open(context.obj) as classifier:
        _tell(output, classifier.access.keys.rotate(key, grace=grace))


def _tell(output: Output, made: NewKey) -> None:
    if output.json:
        output.document({"secret": made.secret, **_document(made.key)})
        return
    key = made.key
    opens = "every classifier of this workspace" if key.scopes is None else ", ".join(key.scopes)
    output.say(f"A key of {key.name}, role {key.role}, for {opens}; it is shown this once:")
    sys.stdout.write(f"{made.secret}\n")


def _document(key: Key) -> dict[str, object]:
    return {
        "id": key.id,
        "name": key.name,
        "role": key.role.value,
        "scopes": None if key.scopes is None else list(key.scopes),
        "created_at": key.created_at,
        "created_by": key.created_by,
        "expires_at": key.expires_at,
        "revoked_at": key.revoked_at,
        "revoked_by": key.revoked_by,
        "state": key.state,
    }
