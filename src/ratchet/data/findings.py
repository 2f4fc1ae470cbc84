"""What a check found in the data, in words and numbers that a person can act on."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

Severity = Literal["error", "warning", "note"]
SEVERITIES: tuple[Severity, ...] = get_args(Severity)
"""Most harmful first."""

MOST_ROWS = 2_000
"""Of a finding so many rows are kept by their numbers: more are not looked at one by one."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """One thing that is wrong, or worth knowing, about the rows.

    >>> print(Finding(check="empty_text", severity="warning", sentence="3 texts are empty", count=3, share=0.1,
    ...               examples=(), todo="drop them"))
    3 texts are empty. What to do: drop them
    """

    check: str
    """The check that found it: a name of ``docs/reference/checks.md``."""
    severity: Severity
    """error: a model learned from these rows would mislead; warning: it may; note: good to know."""
    sentence: str
    """What was found, in one plain sentence with its numbers."""
    count: int
    """The rows it is about (columns, where it is about columns)."""
    share: float
    """``count`` as a share of all rows, 0 to 1."""
    examples: tuple[str, ...] = field(repr=False)
    todo: str
    column: str | None = None
    numbers: Mapping[str, float] = field(default_factory=dict, repr=False)
    """What the sentence says in figures, for programs."""
    rows: tuple[int, ...] = field(default=(), repr=False)
    """The numbers of the dataset's rows that it is about, from 1, alike ones together: at most `MOST_ROWS`, and none
    where it is about columns."""

    def __str__(self) -> str:
        return f"{self.sentence}. What to do: {self.todo}"


def stopping(findings: Iterable[Finding], accept: Collection[str]) -> tuple[Finding, ...]:
    """The errors that stop a promotion: those that ``ingest.accept`` names neither by check nor as ``check:column``.

    >>> leak = Finding(check="leakage", severity="error", sentence="", count=1, share=1.0, examples=(), todo="",
    ...                column="file")
    >>> [len(stopping([leak], accept)) for accept in ((), ("leakage",), ("leakage:file",), ("leakage:other",))]
    [1, 0, 0, 1]
    """
    return tuple(
        each
        for each in findings
        if each.severity == "error" and each.check not in accept and f"{each.check}:{each.column}" not in accept
    )
