"""What a name that reaches the disk stands for: ours in a literal table, others' by an entry point group."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from typing import Generic, TypeVar

from ratchet.errors import SpecError

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Catalogue(Generic[T]):
    """Things of one sort by name.  Another package adds one by naming it in the entry point group."""

    sort: str
    """What they are, for messages: ``encoder``."""
    group: str
    """The entry point group: ``ratchet.encoders``."""
    ours: Mapping[str, T]

    def find(self, name: str) -> T | None:
        """What is called ``name``, or None where this machine has nothing of that name.

        Raises `SpecError` where the package that has it cannot be loaded.
        """
        if name in self.ours:
            return self.ours[name]
        others = entry_points(group=self.group)
        return self._loaded(others[name]) if name in others.names else None

    def get(self, name: str) -> T:
        """What is called ``name``; raises `SpecError` that names those there are.

        >>> Catalogue("encoder", "ratchet.encoders", {"a.v1": 1}).get("b.v1")
        Traceback (most recent call last):
        ratchet.errors.SpecError: there is no encoder 'b.v1'
        What to do: use one of a.v1, or install the package that has it
        """
        found = self.find(name)
        if found is None:
            known = ", ".join([*self.ours, *self.others()])
            raise SpecError(
                f"there is no {self.sort} '{name}'", todo=f"use one of {known}, or install the package that has it"
            )
        return found

    def _loaded(self, point: EntryPoint) -> T:
        try:
            found: T = point.load()
        except Exception as error:  # it is another's code, and may raise anything
            where = point.value if point.dist is None else f"{point.value} of the package {point.dist.name}"
            raise SpecError(
                f"the {self.sort} '{point.name}' cannot be loaded: {type(error).__name__}: {error} (in {where})",
                todo="mend or reinstall that package, or choose another",
            ) from error
        return found

    def others(self) -> list[str]:
        """The names that installed packages add."""
        return sorted(entry_points(group=self.group).names - set(self.ours))
