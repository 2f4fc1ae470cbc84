"""Which pages may ask a classifier, and how often anybody may."""

from __future__ import annotations

import re
from typing import Self

from pydantic import Field, model_validator

from ratchet.spec.section import Section

_ORIGIN = re.compile(r"https?://(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(:[0-9]{1,5})?")


class Access(Section):
    """Which pages of other servers may ask, and limits; the limits hold for each key and classifier."""

    origins: tuple[str, ...] = ()
    """Pages of these origins (``https://app.example``) may ask from a browser, with a key; no other origin may."""
    per_minute: int | None = Field(default=None, ge=1)
    """Requests of a key in any sixty seconds; more are refused with 429."""
    rows_per_minute: int | None = Field(default=None, ge=1)
    """Rows of a key in any sixty seconds."""
    per_day: int | None = Field(default=None, ge=1)
    """Requests of a key in a day (UTC)."""
    rows_per_day: int | None = Field(default=None, ge=1)
    """Rows of a key in a day (UTC)."""
    address_per_minute: int | None = Field(default=None, ge=1)
    """Requests from a network address (of IPv6: its /64) in any sixty seconds, whichever keys they bring."""

    @model_validator(mode="after")
    def _origins_only(self) -> Self:
        for each in self.origins:
            if not _ORIGIN.fullmatch(each):
                raise ValueError(
                    f"origins such as https://app.example, in small letters, without a path; found {each!r}"
                )
        return self
