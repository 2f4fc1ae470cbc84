"""Whether there is anything to learn from a table at all."""

from __future__ import annotations

from collections.abc import Mapping

from ratchet.errors import DataError

FEWEST_ROWS = 20
"""Fewer labelled rows cannot be split into rows to learn from and rows to judge by."""


def check_learnable(counts: Mapping[str, int], *, label: str, max_classes: int) -> None:
    """Raises `DataError` where the labels, counted by class, allow no classifier.

    That is: no rows, fewer than 20, one class only, more than ``max_classes``, or no class with two rows.
    """
    rows = sum(counts.values())
    if not rows:
        raise DataError(f"there are no rows with a label in '{label}'", todo="fill the label in for some rows")
    if len(counts) == 1:
        raise DataError(
            f"the label '{label}' has one class only: all {rows:,} rows say {next(iter(counts))!r}",
            todo="add rows of another class, or name another label column",
        )
    if len(counts) > max_classes:
        some = ", ".join(repr(each) for each in list(counts)[:3])
        raise DataError(
            f"the label '{label}' has {len(counts):,} different values in {rows:,} rows ({some} ...); at most "
            f"{max_classes:,} are taken for classes",
            todo="name a column of classes; an id or a number is none. If they are classes, raise ingest.max_classes",
        )
    if rows < FEWEST_ROWS:
        raise DataError(
            f"{rows} labelled rows are too few: at least {FEWEST_ROWS} are needed",
            todo="add labelled rows; with fewer than some hundred no score can be trusted much",
        )
    if max(counts.values()) < 2:
        raise DataError(
            f"no class of '{label}' has two rows, so that what is learned from one could be tried on the other",
            todo="name a column of classes, or add rows",
        )


def tiny_classes(counts: Mapping[str, int]) -> str | None:
    """A sentence about the classes with one row, which can be learned but not judged; None where there are none."""
    tiny = [name for name, count in counts.items() if count == 1]
    if not tiny:
        return None
    named = ", ".join(repr(name) for name in tiny[:5]) + (" ..." if len(tiny) > 5 else "")
    which = f"class {named} has" if len(tiny) == 1 else f"{len(tiny)} classes ({named}) have"
    return f"{which} one row only: it is trained on, and nothing can be said about how well it is told apart"
