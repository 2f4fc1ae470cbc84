"""What the sections of a spec share."""

from __future__ import annotations

import re
from typing import Annotated, get_args

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo, field_validator

_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_LONGEST = 365
"""Days: what waits longer than a clock can count never ends."""


def _seconds(value: object) -> object:
    """'10m' -> 600.0; numbers stay, as seconds."""
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([smhd])\s*", value) if isinstance(value, str) else None
    if match:
        return float(match[1]) * _UNITS[match[2]]
    if isinstance(value, str):
        raise ValueError("a duration such as '90s', '10m', '2h' or '1d'")
    return value


def _bounded(seconds: float) -> float:
    if not seconds <= _LONGEST * _UNITS["d"]:
        raise ValueError(f"a duration of at most {_LONGEST} days")
    return seconds


Duration = Annotated[float, BeforeValidator(_seconds), Field(gt=0), AfterValidator(_bounded)]
Fraction = Annotated[float, Field(ge=0, le=1)]


class Section(BaseModel):
    """A table of the file: its keys are known, its numbers finite, and it does not change once read."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    @field_validator("*", mode="before")
    @classmethod
    def _true_is_no_number(cls, value: object, info: ValidationInfo) -> object:
        """Python counts true as 1; who writes ``trials = true`` means something else."""
        kind = cls.model_fields[info.field_name or ""].annotation
        if isinstance(value, bool) and {int, float} & {kind, *get_args(kind)}:
            raise ValueError("a number")
        return value
