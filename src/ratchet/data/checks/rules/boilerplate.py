"""The same opening or ending on many different texts."""

from __future__ import annotations

from collections.abc import Iterator

from ratchet.data.checks.checked_rows import CheckedRows
from ratchet.data.findings import Finding
from ratchet.kinds.kind import Kind
from ratchet.words import percent, short

_PHRASE_LETTERS = 30
_COMMON = 0.05
_FEWEST = 20


def check_boilerplate(rows: CheckedRows) -> Iterator[Finding]:
    """An opening or an ending that many different texts share."""
    for name in rows.named(Kind.TEXT):
        texts = rows.frame.get_column(name).drop_nulls().unique()
        texts = texts.filter(texts.str.len_chars() >= 2 * _PHRASE_LETTERS)
        for where, phrase in (("begin", texts.str.head(_PHRASE_LETTERS)), ("end", texts.str.tail(_PHRASE_LETTERS))):
            if not len(texts):
                continue
            common = phrase.value_counts(sort=True).head(3)
            text, count = common.row(0)
            if count < max(_FEWEST, _COMMON * len(rows)):
                continue
            yield Finding(
                check="boilerplate",
                severity="note",
                sentence=(
                    f"{count:,} different texts in '{name}' ({percent(count / len(rows))} of the rows) "
                    f"{where} with the same words: {short(_whole_words(text, where))}"
                ),
                count=count,
                share=count / len(rows),
                examples=tuple(f"{number:,} texts: {short(each)}" for each, number in common.iter_rows()),
                todo="strip what says nothing about the row; where it tells the source, it may give the label away",
                column=name,
            )


def _whole_words(phrase: str, where: str) -> str:
    """A phrase without the word that was cut where it was taken from its text."""
    if " " not in phrase:
        return phrase
    return phrase.rpartition(" ")[0] if where == "begin" else phrase.partition(" ")[2]
