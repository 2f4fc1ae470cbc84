"""Text columns made ready for any model: several joined to one, cleaned, without stop words, in their base forms.

How is said in JSON values (`Preparation`), by the name of the column that is made:
``{"title + description": {"of": ["title", "description"], "clean": ["html"], "stop_words": "fr", "lemmas": "fr"}}``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from ratchet.features.cleaning import cleaner
from ratchet.features.encoder import Column, Columns
from ratchet.features.lemmas import lemmatised
from ratchet.features.stop_words import without_stop_words
from ratchet.kinds.kind import Kind

Preparation = Mapping[str, Any]
"""``of``: the columns it is made of.  ``clean``, ``stop_words`` and ``lemmas`` are left out where nothing is done."""
Preparations = Mapping[str, Preparation]
_BETWEEN = "\n"


def prepared(columns: Columns, texts: Preparations) -> dict[str, Column]:
    """The columns with those that ``texts`` makes in place of those they are made of."""
    taken = sources(texts)
    kept = {name: column for name, column in columns.items() if name not in taken}
    return kept | {name: _made([columns[each] for each in way["of"]], way) for name, way in texts.items()}


def prepared_kinds(kinds: Mapping[str, Kind], texts: Preparations) -> dict[str, Kind]:
    """The kinds of the columns that `prepared` gives, made ones last."""
    taken = sources(texts)
    return {name: kind for name, kind in kinds.items() if name not in taken} | dict.fromkeys(texts, Kind.TEXT)


def sources(texts: Preparations, names: Iterable[str] | None = None) -> set[str]:
    """The columns that all of ``texts``, or those called ``names``, are made of."""
    return {each for name, way in texts.items() if names is None or name in names for each in way["of"]}


def unprepared(names: Iterable[str], texts: Preparations) -> list[str]:
    """The columns that have to be there for columns called ``names`` to be, each once."""
    return list(dict.fromkeys(each for name in names for each in (texts[name]["of"] if name in texts else [name])))


def _made(columns: Sequence[Column], way: Preparation) -> list[str | None]:
    steps = _steps(way)
    texts = columns[0] if len(columns) == 1 else [_joined(cells) for cells in zip(*columns, strict=True)]
    return [_through(text, steps) for text in texts]


def _steps(way: Preparation) -> list[Callable[[str], str]]:
    """What is done to each text; raises `SpecError` for a language there is no list of, and for a missing extra."""
    steps = [cleaner(way["clean"])] if way.get("clean") else []
    if language := way.get("stop_words"):
        steps.append(without_stop_words(language))
    if language := way.get("lemmas"):
        steps.append(lemmatised(language))
    return steps


def _joined(cells: Sequence[str | None]) -> str | None:
    """Texts end to end, a line each; None where all are missing."""
    found = [cell for cell in cells if cell is not None]
    return _BETWEEN.join(found) if found else None


def _through(text: str | None, steps: Sequence[Callable[[str], str]]) -> str | None:
    if text is None:
        return None
    for step in steps:
        text = step(text)
    return text
