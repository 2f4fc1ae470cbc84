"""The delimiter of a delimited file, told from its first records."""

from __future__ import annotations

from collections import Counter

from ratchet.data.readers.records import careful_records

DELIMITERS = b",;\t|:^~"
_LOOKED_AT = 200


def delimiter_of(head: bytes, *, whole: bool) -> int:
    """The byte that cuts the records of ``head`` into the same number of fields most often; a comma where none does.

    ``whole`` says that ``head`` is the whole file, so that its last record is complete.
    """
    best, best_score = DELIMITERS[0], 0.0
    for delimiter in DELIMITERS:
        score = _score(head, delimiter, whole=whole)
        if score > best_score * 1.01:  # earlier delimiters win near ties: they are the likelier ones
            best, best_score = delimiter, score
    return best


def _score(head: bytes, delimiter: int, *, whole: bool) -> float:
    widths: list[int] = []
    for record in careful_records(head, delimiter, final=whole):
        if record.fields:
            widths.append(len(record.fields))
        if len(widths) == _LOOKED_AT:
            break
    if not widths:
        return 0.0
    usual, times = Counter(widths).most_common(1)[0]
    header_fits = 1.0 if widths[0] == usual else 0.5
    return 0.0 if usual == 1 else header_fits * times / len(widths)
