"""The other ways in which a candidate's columns may be encoded, which the first round of a search tries.

Texts in several columns may be read apart, as one, or both ways; where texts hold marks that are no words, with them or
cleaned; short texts by their letters alone; a column that is quickly read without its language's stop words, or in base
forms.  Numbers and categories may be read by the other encoders that a family
names (``other_encoders``).  Which is best depends on the rows, and so folds say.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ratchet.features.cleaning import CLEANERS
from ratchet.features.grams import LONG, Grams
from ratchet.features.lemmas import can_lemmatise
from ratchet.features.letters import Letters
from ratchet.features.scripts import tokens
from ratchet.features.stop_words import language_of
from ratchet.features.target import TargetShares
from ratchet.kinds.kind import Kind
from ratchet.models.catalogue import family
from ratchet.models.family import ColumnFamily
from ratchet.models.recipe import Recipe
from ratchet.spec import CandidateSpec
from ratchet.training.task import TrainingRows

MOST = 4
"""Ways of one candidate, the planned one among them."""
_LOOKED_AT = 2_000
"""Texts of a column, evenly taken, that are looked at."""
_WIDE = 20
"""Different values of a category, among those looked at, from which on the target's shares are tried in their place."""
_MARKED = 0.01
"""The share of texts that hold marks from which on cleaning is tried; the data check warns from the same share on."""
_QUICK = 3_000_000
"""Letters of a column up to which reading it once more takes next to nothing."""


def alternatives(recipe: Recipe, candidate: CandidateSpec, rows: TrainingRows) -> tuple[Recipe, ...]:
    """The recipe as planned, then others that differ in how columns are read and encoded, at most `MOST` in all.

    Of ways that do equally well in the search the first is taken.  Columns that the spec names an encoder for are left
    as they are, and so are texts that it says how to clean.  A family that reads columns itself has one way: each
    trial of it takes long.
    """
    if isinstance(family(recipe.family), ColumnFamily):
        return (recipe,)
    columns = [
        name
        for name in recipe.encoders
        if rows.kinds.get(name) is Kind.TEXT and name not in candidate.encoders and "text" not in candidate.encoders
    ]
    found = list(dict.fromkeys([recipe, *_others(recipe, columns, rows), *_otherwise(recipe, candidate, rows)]))
    return tuple(found[:MOST])


def _others(recipe: Recipe, columns: Sequence[str], rows: TrainingRows) -> Iterator[Recipe]:
    samples = {name: _sample(rows, name) for name in columns}
    marks = {name: _marks(texts) for name, texts in samples.items() if name not in recipe.texts}
    cleaned = _cleaned(recipe, {name: each for name, each in marks.items() if each})
    if len(columns) > 1 and _alike(recipe, columns):
        joined = _joined(recipe, columns)
        yield joined
        if cleaned is not recipe:
            every = sorted({mark for each in marks.values() for mark in each})
            name = " + ".join(columns)
            yield replace(joined, texts={**joined.texts, name: {**joined.texts[name], "clean": every}})
        yield _joined(recipe, columns, apart=True)
    yield cleaned
    for name in columns:
        if recipe.encoders[name] == Grams.name and len(columns) == 1 and _short(samples[name]):
            yield replace(recipe, encoders={**recipe.encoders, name: Letters.name})
        if len(columns) == 1 and name not in recipe.texts and _quickly_read(rows, name, samples[name]):
            for done in _simpler(samples[name]):
                yield replace(recipe, texts={**recipe.texts, name: {"of": [name], **done}})


def _otherwise(recipe: Recipe, candidate: CandidateSpec, rows: TrainingRows) -> Iterator[Recipe]:
    """Numbers by another encoder, then categories: each kind at a time."""
    ways: Mapping[Kind, Sequence[str]] = getattr(family(recipe.family), "other_encoders", {})
    for kind, names in ways.items():
        of_kind = [name for name in recipe.encoders if rows.kinds.get(name) is kind]
        free = [name for name in of_kind if not {name, kind.value} & candidate.encoders.keys()]
        for encoder in names:
            read = [name for name in free if encoder != TargetShares.name or _is_wide(rows, name)]
            if read:
                yield replace(recipe, encoders={**recipe.encoders, **dict.fromkeys(read, encoder)})


def _is_wide(rows: TrainingRows, column: str) -> bool:
    """Whether a category has so many values that each is seldom seen."""
    return len(set(_sample(rows, column))) > _WIDE


def _sample(rows: TrainingRows, column: str) -> list[str]:
    texts = rows.columns[column]
    return [text for text in texts[:: 1 + len(texts) // _LOOKED_AT] if text]


def _marks(texts: Sequence[str]) -> list[str]:
    """The ways of cleaning that change more than a few of the texts."""
    least = max(1.0, _MARKED * len(texts))
    return [name for name, clean in CLEANERS.items() if sum(clean(text) != text for text in texts) >= least]


def _quickly_read(rows: TrainingRows, column: str, sample: Sequence[str]) -> bool:
    return sum(map(len, sample)) / max(len(sample), 1) * len(rows.columns[column]) <= _QUICK


def _simpler(texts: Sequence[str]) -> Iterator[dict[str, str]]:
    """Without the stop words of their language, and in its base forms where those are installed."""
    if language := language_of(texts):
        yield {"stop_words": language}
        if can_lemmatise(language):
            yield {"lemmas": language}


def _short(texts: Sequence[str]) -> bool:
    return len(tokens(texts).starts) <= LONG * max(len(texts), 1)


def _alike(recipe: Recipe, columns: Sequence[str]) -> bool:
    """Whether the columns are encoded and cleaned alike, so that they can be one."""
    encoders = {recipe.encoders[name] for name in columns}
    return len(encoders) == 1 and all(_done(recipe, name) == _done(recipe, columns[0]) for name in columns)


def _done(recipe: Recipe, column: str) -> dict[str, Any]:
    return {key: value for key, value in recipe.texts.get(column, {}).items() if key != "of"}


def _joined(recipe: Recipe, columns: Sequence[str], *, apart: bool = False) -> Recipe:
    """The columns as one; with ``apart``, each by itself besides."""
    name = " + ".join(columns)
    texts = {each: way for each, way in recipe.texts.items() if apart or each not in columns}
    if apart:
        texts |= {each: {"of": [each]} for each in columns if each not in texts}
    texts[name] = {"of": list(columns), **_done(recipe, columns[0])}
    encoders = {each: way for each, way in recipe.encoders.items() if apart or each not in columns}
    return replace(recipe, texts=texts, encoders={**encoders, name: recipe.encoders[columns[0]]})


def _cleaned(recipe: Recipe, marks: Mapping[str, Sequence[str]]) -> Recipe:
    """The recipe with these columns cleaned; itself where there are none."""
    if not marks:
        return recipe
    made = {name: {"of": [name], "clean": sorted(each)} for name, each in marks.items()}
    return replace(recipe, texts={**recipe.texts, **made})
