"""Texts that say nothing: empty, without a word, or the same opening on many of them."""

from __future__ import annotations

from collections.abc import Iterator

from ratchet.data.checks.checked_rows import CheckedRows
from ratchet.data.checks.wording import percent, short
from ratchet.data.findings import Finding
from ratchet.kinds.kind import Kind

_MATTERS = 0.01
_PHRASE_LETTERS = 30
_COMMON = 0.05
_FEWEST = 20


def check_empty_texts(rows: CheckedRows) -> Iterator[Finding]:
    """Texts that are empty or hold no letter and no digit."""
    for name in rows.named(Kind.TEXT):
        column = rows.frame.get_column(name)
        missing = column.null_count()
        wordless = column.drop_nulls().filter(~column.drop_nulls().str.contains(r"[\p{L}\p{N}]"))
        count = missing + len(wordless)
        if not count or missing == len(rows):
            continue
        also = f", {len(wordless):,} of them without a letter or digit" if len(wordless) else ""
        labels = rows.frame.filter(column.is_null())[rows.schema.label].value_counts(sort=True)
        yield Finding(
            check="empty_texts",
            severity="warning" if count >= _MATTERS * len(rows) else "note",
            sentence=f"{count:,} of {len(rows):,} texts in '{name}' ({percent(count / len(rows))}) are empty{also}",
            count=count,
            share=count / len(rows),
            examples=(
                *(f"{label}: {number:,} empty" for label, number in labels.head(3).iter_rows()),
                *(short(each) for each in wordless.head(2).to_list()),
            ),
            todo="find out why they are empty, then drop or fill these rows: nothing can be learned from them",
            column=name,
            numbers={"missing": float(missing), "wordless": float(len(wordless))},
        )


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
