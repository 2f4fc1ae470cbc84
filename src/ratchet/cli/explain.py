"""`explain-error`: what an error means, its usual causes and what to do, from pages that come with the package."""

from __future__ import annotations

from difflib import get_close_matches
from importlib.resources import files
from typing import Annotated

import typer

from ratchet.cli.render import Output
from ratchet.cli.rows import Json
from ratchet.errors import NotFoundError


def pages() -> dict[str, str]:
    """The text of each page by its code."""
    found = sorted((files("ratchet") / "help").iterdir(), key=lambda each: each.name)
    return {
        each.name.removesuffix(".md"): each.read_text(encoding="utf-8") for each in found if each.name[-3:] == ".md"
    }


def title(page: str) -> str:
    r"""The first line of a page.

    >>> title("# There is no room\n\nFree some.")
    'There is no room'
    """
    return page.partition("\n")[0].removeprefix("# ")


def codes() -> list[tuple[str, str]]:
    """Every code with its meaning, for shells that complete."""
    return [(code, title(page)) for code, page in pages().items()]


def explain_error(
    code: Annotated[
        str | None,
        typer.Argument(help="The code of an error; without one they are listed.", autocompletion=codes),
    ] = None,
    json: Json = False,
) -> None:
    """Say what an error means, what causes it and what to do."""
    output, found = Output(json=json), pages()
    if code is None:
        if json:
            output.document({"codes": {each: title(page) for each, page in found.items()}})
        else:
            typer.echo("\n".join(f"{each:<14} {title(page)}" for each, page in found.items()))
        return
    if code not in found:
        near = get_close_matches(code, found, 1)
        todo = f"did you mean {near[0]}?  " if near else ""
        raise NotFoundError(f"no error has the code {code!r}", todo=todo + "ratchet explain-error lists the codes")
    if json:
        output.document({"code": code, "title": title(found[code]), "text": found[code]})
    else:
        typer.echo(found[code].rstrip())
