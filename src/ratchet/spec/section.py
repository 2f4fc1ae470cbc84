"""What the sections of a spec share."""

from __future__ import annotations

from typing import Annotated, get_args

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo, field_validator

from ratchet.words import seconds_of

_DAY = 86_400.0
_LONGEST = 365
"""Days: what waits longer than a clock can count never ends."""


def _seconds(value: object) -> object:
    """'10m' -> 600.0; numbers stay, as seconds."""
    return seconds_of(value) if isinstance(value, str) else value


def _bounded(seconds: float) -> float:
    if not seconds <= _LONGEST * _DAY:
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
