"""A source text with some of its statements taken out or written anew; all else stays letter by letter."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence


class Edits:
    """Edits of one source text, made by the lines that its statements stand on."""

    def __init__(self, lines: Sequence[str]) -> None:
        self._lines: list[str | None] = list(lines)

    def drop(self, statement: ast.stmt, after: ast.stmt | None) -> None:
        """Take a statement out, with the comments right above it and the text ``after`` it that describes it."""
        decorators = getattr(statement, "decorator_list", [])
        first = min([statement.lineno, *(each.lineno for each in decorators)]) - 1
        while first and (self._lines[first - 1] or "").lstrip().startswith("#"):
            first -= 1
        described = isinstance(statement, ast.Assign | ast.AnnAssign) and after is not None and is_text(after)
        self._take(first, after if described and after is not None else statement)

    def replace(self, statement: ast.stmt, text: str) -> None:
        """Write a statement anew, indented as it was; nothing in its place where ``text`` is empty."""
        first = statement.lineno - 1
        self._take(first, statement)
        if text:
            self._lines[first] = " " * statement.col_offset + text

    def text(self) -> str:
        """What it has come to."""
        joined = "\n".join(line for line in self._lines if line is not None)
        return re.sub(r"\n{4,}", "\n\n\n", joined).strip() + "\n"

    def _take(self, first: int, last: ast.stmt) -> None:
        end = last.end_lineno or last.lineno
        self._lines[first:end] = [None] * (end - first)


def is_text(statement: ast.stmt) -> bool:
    """Whether a statement is a text alone: a docstring, or what describes the name above it."""
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
