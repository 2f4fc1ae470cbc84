"""What the sections of a spec share."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


def _seconds(value: object) -> object:
    """'10m' -> 600.0; numbers stay, as seconds."""
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([smhd])\s*", value) if isinstance(value, str) else None
    if match:
        return float(match[1]) * _UNITS[match[2]]
    if isinstance(value, str):
        raise ValueError("a duration such as '90s', '10m', '2h' or '1d'")
    return value


Duration = Annotated[float, BeforeValidator(_seconds), Field(gt=0)]
Fraction = Annotated[float, Field(ge=0, le=1)]


class Section(BaseModel):
    """A table of the file: its keys are known, and it does not change once read."""

    model_config = ConfigDict(extra="forbid", frozen=True)
