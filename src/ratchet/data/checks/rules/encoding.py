"""Texts that were damaged on their way: read with a wrong encoding, or with escapes left in."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from ratchet.data.checks.checked_rows import CheckedRows
from ratchet.data.checks.wording import count_of, percent, short
from ratchet.data.findings import Finding, Severity
from ratchet.kinds.kind import Kind

_DAMAGE: tuple[tuple[str, str, Severity, str, str], ...] = (
    (
        "mojibake",
        # UTF-8 read as Windows-1252: lead bytes C3, C2, E2 80 and F0 9F with a continuation byte behind them
        r"Ã[\u0080-\u00BF\u0152-\u02DC\u2013-\u203A\u20AC\u2122]|Â[\u00A0-\u00BF]"
        r"|â€[\u0080-\u00BF\u0152-\u02DC\u2013-\u203A\u2122]|ðŸ|ï¿½",
        "warning",
        "hold letters of UTF-8 read as another encoding (such as 'Ã©' for 'é')",
        "read the source again as UTF-8; ftfy mends what cannot be read again",
    ),
    (
        "lost_letters",
        "\ufffd",
        "warning",
        "hold letters that were lost in decoding (\ufffd)",
        "read the source again with its own encoding: the letters cannot be got back from these texts",
    ),
    (
        "control_characters",
        "[\u0080-\u009f]",
        "note",
        "hold control characters where Windows-1252 has quotes and dashes",
        "read the source again as Windows-1252 (cp1252), not as Latin-1",
    ),
    (
        "question_marks",
        r"\p{L}\?? \?\p{Ll}{2}",
        "note",
        "hold question marks in place of letters (such as '?cole' for 'école')",
        "read the source again with its own encoding: the letters cannot be got back from these texts",
    ),
    (
        "escapes",
        r"\\u[0-9a-fA-F]{4}|\\x[0-9a-fA-F]{2}",
        "note",
        r"hold escapes in place of letters (such as '\u2019' for an apostrophe)",
        "decode the escapes before ingesting, so that equal words are equal",
    ),
    (
        "markup",
        r"<(?:br|p|div|span|li|ul|td|a|b|i|strong)\b[^>]*>|&(?:[a-z]{2,8}|#\d{2,6});|& nbsp;",
        "note",
        "hold HTML (tags or entities)",
        "strip it, unless what it marks is of use",
    ),
)
_WIDE = {"mojibake", "lost_letters", "control_characters"}
_MATTERS = 0.01


def check_encoding(rows: CheckedRows) -> Iterator[Finding]:
    """Mojibake, lost letters, escapes and markup in texts and categories."""
    for name in rows.named(Kind.TEXT, Kind.CATEGORY):
        column = rows.frame.get_column(name)
        wide = column.str.len_bytes() > column.str.len_chars()
        for what, pattern, severity, words, todo in _DAMAGE:
            looked = column.filter(wide) if what in _WIDE else column
            hit = looked.filter(looked.str.contains(pattern))
            count = len(hit)
            if count < (1 if what in _WIDE else max(5, 0.001 * len(rows))):
                continue
            yield Finding(
                check="encoding",
                severity=severity if count >= _MATTERS * len(rows) else "note",
                sentence=(
                    f"{count:,} of {count_of(len(rows), 'text')} in '{name}' ({percent(count / len(rows))}) {words}"
                ),
                count=count,
                share=count / len(rows),
                examples=tuple(_around(each, pattern) for each in hit.head(3).to_list()),
                todo=todo,
                column=name,
                numbers={what: float(count)},
            )


def _around(text: str, pattern: str) -> str:
    """The place of the damage with a few letters on both sides."""
    found = pl.Series([text]).str.extract(f"((?s:.{{0,25}})(?:{pattern})(?s:.{{0,25}}))", 1)[0]
    return short(found)
