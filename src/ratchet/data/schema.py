"""The Schema: the columns a classifier reads, and the classes it answers with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ratchet.kinds.kind import Kind


@dataclass(frozen=True, kw_only=True, slots=True)
class Schema:
    """Column names with their kinds in a fixed order, the label column, and the classes found in it.

    ``classes`` is sorted and frozen per dataset version.  The names that people read for them are the spec's
    ``[labels]``, and no part of what is learned or stored.
    """

    columns: Mapping[str, Kind]
    label: str
    classes: tuple[str, ...] = ()

    @property
    def features(self) -> dict[str, Kind]:
        """The columns a model sees."""
        return {name: kind for name, kind in self.columns.items() if kind.is_feature}
