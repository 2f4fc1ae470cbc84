"""Words in their base form (``chevaux`` as ``cheval``), by the extra ``lemmas``."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from importlib import import_module
from typing import Any

from ratchet.errors import SpecError

_WORD = re.compile(r"[^\W\d_]+")
_REMEMBERED = 100_000


def can_lemmatise(language: str) -> bool:
    """Whether the extra is installed and has the language."""
    try:
        return bool(_lemmatiser(language))
    except SpecError:
        return False


def lemmatised(language: str) -> Callable[[str], str]:
    """A function that puts every word of a text into its base form in a language (``fr``).

    Raises `SpecError` where the extra is not installed or has no such language.
    """
    known = _lemmatiser(language)
    return lambda text: _WORD.sub(lambda found: known(found[0]), text)


@lru_cache
def _lemmatiser(language: str) -> Callable[[str], str]:
    simplemma = _simplemma()
    try:
        simplemma.lemmatize("a", lang=language)
    except ValueError as error:
        raise SpecError(
            f"there are no base forms for the language {language!r}: {error}",
            todo="give lemmas a language code that simplemma has, such as 'fr', or leave it out",
        ) from None
    return lru_cache(_REMEMBERED)(lambda word: str(simplemma.lemmatize(word, lang=language)))


def _simplemma() -> Any:
    """The library, by its name: what imports it only here can go where it is not, and answers without lemmas."""
    try:
        return import_module("simplemma")
    except ImportError:
        raise SpecError(
            "the base forms of words (lemmas) need a package that is not installed",
            todo="pip install 'ratchet-ml[lemmas]', or leave `lemmas` out of the spec",
        ) from None
