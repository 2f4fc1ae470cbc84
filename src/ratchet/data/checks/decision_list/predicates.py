"""Yes-or-no questions about a row, simple enough that a person could have labelled by them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import polars as pl

from ratchet.words import number


class Predicate(Protocol):
    """A question that every row answers; ``str`` is how a person would put it."""

    def expression(self) -> pl.Expr:
        """A column of truth values, without nulls."""
        ...


@dataclass(frozen=True, slots=True)
class Contains:
    """Whether any of the text columns contains some letters, whatever their case."""

    columns: tuple[str, ...]
    letters: str

    def expression(self) -> pl.Expr:
        hits = [pl.col(name).str.to_lowercase().str.contains(self.letters, literal=True) for name in self.columns]
        return pl.any_horizontal(hit.fill_null(False) for hit in hits)

    def __str__(self) -> str:
        return f'contains "{self.letters}"'


@dataclass(frozen=True, slots=True)
class HasWord:
    """Whether any of the text columns has a word, whatever its case."""

    columns: tuple[str, ...]
    word: str

    def expression(self) -> pl.Expr:
        pattern = rf"(?:^|[^\p{{L}}\p{{N}}]){self.word}(?:[^\p{{L}}\p{{N}}]|$)"
        hits = [pl.col(name).str.to_lowercase().str.contains(pattern) for name in self.columns]
        return pl.any_horizontal(hit.fill_null(False) for hit in hits)

    def __str__(self) -> str:
        return f'has the word "{self.word}"'


@dataclass(frozen=True, slots=True)
class NumberLimit:
    """Whether a number is at most a limit, or ``above`` it; a missing one is neither."""

    column: str
    limit: float
    above: bool = False

    def expression(self) -> pl.Expr:
        column = pl.col(self.column)
        return (column > self.limit if self.above else column <= self.limit).fill_null(False)

    def __str__(self) -> str:
        return f"{self.column} {'>' if self.above else '<='} {number(self.limit)}"


@dataclass(frozen=True, slots=True)
class Equals:
    """Whether a category has a value; None asks whether it is missing."""

    column: str
    value: str | None

    def expression(self) -> pl.Expr:
        return pl.col(self.column).eq_missing(pl.lit(self.value, dtype=pl.String))

    def __str__(self) -> str:
        return f"{self.column} is {'empty' if self.value is None else repr(self.value)}"
