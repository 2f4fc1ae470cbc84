"""How a model answers."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from ratchet.spec.section import Section


class Serve(Section):
    """How answers are given."""

    top: int = Field(default=3, ge=1)
    """How many classes an answer lists."""
    coverage: float = Field(default=0.95, ge=0, lt=1)
    """Each answer's set holds the true class this often; one that is no single class abstains. 0: no sets."""
    sets: Literal["average", "classwise"] = "average"
    """Whether sets keep that promise on average over rows, or for the rows of each class: larger sets, fair to all."""
    unlogged: Literal["refuse", "hold"] = "refuse"
    """What becomes of a request whose answer neither the disk nor the database takes: it is refused, or answered and
    held in memory until there is room, where it is lost with the process."""
