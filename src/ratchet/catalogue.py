"""What a name that reaches the disk stands for: ours in a literal table, others' by an entry point group."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from typing import Generic, TypeVar

from ratchet.errors import SpecError
from ratchet.words import nearest

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Catalogue(Generic[T]):
    """Things of one sort by name.  Another package adds one by naming it in the entry point group."""

    sort: str
    """What they are, for messages: ``encoder``."""
    group: str
    """The entry point group: ``ratchet.encoders``."""
    ours: Mapping[str, T]
    unnamed: Collection[str] = ()
    """Those of ours that messages do not offer: they are for Ratchet's own use."""

    def has(self, name: str) -> bool:
        """Whether there is something of that name, though it may not load."""
        return name in self.ours or name in entry_points(group=self.group).names

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

        >>> Catalogue("encoder", "ratchet.encoders", {"words.v1": 1}).get("b")
        Traceback (most recent call last):
        ratchet.errors.SpecError: there is no encoder 'b'
        What to do: use one of words.v1, or install the package that has it
        """
        found = self.find(name)
        if found is None:
            todo = f"{self.hint(name)}, or install the package that has it"
            raise SpecError(f"there is no {self.sort} '{name}'", todo=todo)
        return found

    def hint(self, name: str) -> str:
        """What to use in the place of a name that there is not: the one most likely meant, and all that are offered.

        >>> Catalogue("encoder", "ratchet.encoders", {"words.v1": 1, "blank.v1": 2}, {"blank.v1"}).hint("wrods.v1")
        "did you mean 'words.v1'?  Use one of words.v1"
        """
        offered = [each for each in (*self.ours, *self.others()) if each not in self.unnamed]
        near = nearest(name, offered)
        return (f"did you mean '{near}'?  Use" if near else "use") + f" one of {', '.join(offered)}"

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
