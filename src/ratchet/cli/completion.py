"""`completion`: what a shell needs to complete commands, options and their values; and what those values are."""

from __future__ import annotations

import os
from enum import StrEnum
from typing import Annotated, Any

import typer

import ratchet

VARIABLE = "_RATCHET_COMPLETE"
"""Set by the scripts when they ask what may come next."""


class Shell(StrEnum):
    """The shells that can be helped."""

    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"


def completion(shell: Annotated[Shell, typer.Argument(help="The shell you type in.")]) -> None:
    """Print a script that completes commands, options and values.

    Add a line to what your shell reads at its start.  bash and zsh: eval "$(ratchet completion bash)", or zsh; fish:
    ratchet completion fish | source
    """
    from typer.completion import get_completion_script  # type: ignore[attr-defined]

    typer.echo(get_completion_script(prog_name="ratchet", complete_var=VARIABLE, shell=shell))  # nosec B604 # the name of a shell, no command


def answer(command: Any) -> int:
    """Print what may come next, for the script that asks; the exit code."""
    from typer.completion import completion_init, shell_complete  # type: ignore[attr-defined]

    completion_init()
    return shell_complete(command, {}, "ratchet", VARIABLE, os.environ[VARIABLE])


def versions(context: typer.Context) -> list[tuple[str, str]]:
    """The versions there are, each with its family and stage; none where that cannot be told at once."""
    folder = context.find_root().params.get("folder")
    try:
        if folder is None or not (folder / ".ratchet").is_dir():
            return []
        with ratchet.open(folder, tracking_uri="off") as classifier:
            return [(each.number, f"{each.family}, {each.stage}") for each in classifier.versions()]
    except Exception:  # a shell that completes has no place for words
        return []
