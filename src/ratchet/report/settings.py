"""How a trial learned, in a line: its settings, or its members, the rounds it took, and how its columns were read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ratchet.features.catalogue import ENCODERS
from ratchet.kinds.kind import Kind
from ratchet.models.catalogue import FAMILIES
from ratchet.words import listed, number

_TAKEN = ("rounds", "epochs")
"""What a model tells that it took of a setting of that name."""


def settings(trial: Mapping[str, Any], ranked: Sequence[Mapping[str, Any]] = ()) -> str:
    """``rounds 1000, took 116 rounds; ngrams.v2 of note``; members of an ensemble with their shares, and with the
    number of the trial among those ``ranked`` that each is.

    Of encoders those of texts are told, and others that are not the family's own.
    """
    params, members = trial["params"], trial["params"].get("members")
    told = [f"{name} {_short(value)}" for name, value in params.items() if not members or name == "way"]
    taken = [f"took {facts[name]} {name}" for facts in [trial.get("facts") or {}] for name in _TAKEN if name in facts]
    together = ", ".join(_members(members, params["weights"], ranked)) if members else ""
    return "; ".join(filter(None, [", ".join([*told, *taken]), together, _encoders(trial), ", ".join(_texts(trial))]))


def _members(
    members: Sequence[Mapping[str, Any]], weights: Sequence[float], ranked: Sequence[Mapping[str, Any]]
) -> Iterator[str]:
    for member, weight in zip(members, weights, strict=True):
        known = next((each["number"] for each in ranked if _recipe(each) == _recipe(member)), None)
        yield f"{weight / sum(weights):.2f} {member['family']}" + ("" if known is None else f" (trial {known})")


def _recipe(trial: Mapping[str, Any]) -> tuple[Any, ...]:
    return trial["family"], *(dict(trial.get(part) or {}) for part in ("params", "encoders", "texts"))


def _encoders(trial: Mapping[str, Any]) -> str:
    """The columns of each encoder that is told."""
    usual = getattr(FAMILIES.get(trial["family"]), "encoders", {}).values()
    columns = dict[str, list[str]]()
    for column, name in (trial.get("encoders") or {}).items():
        if name not in usual or Kind.TEXT in getattr(ENCODERS.get(name), "reads", ()):
            columns.setdefault(name, []).append(column)
    return ", ".join(f"{name} of {listed(each)}" for name, each in columns.items())


def _texts(trial: Mapping[str, Any]) -> Iterator[str]:
    """Texts that are read as one, and what is cleaned away."""
    for name, way in (trial.get("texts") or {}).items():
        if len(way.get("of") or ()) > 1:
            yield f"{name} as one"
        if way.get("clean"):
            yield f"{name} cleaned of {listed(way['clean'])}"


def _short(value: object) -> str:
    """A setting as it is written; of a list how many it holds."""
    if isinstance(value, list | tuple):
        return f"({len(value)})"
    return number(value) if isinstance(value, float) else str(value)
