"""An Explanation: what in a row spoke for a class, and what against it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

import msgspec

from ratchet.models.contributions import Scale

MOST = 30
"""Contributions that are listed; the others are summed."""
_FOR, _AGAINST = 3, 2
"""How many are named in the sentence."""
_WEAK = 0.05
"""What adds less than this share of the strongest is not worth a word."""

Method = Literal["linear", "tree_shap", "occlusion"]


class Contribution(msgspec.Struct, frozen=True):
    """What one word, run of words or column adds."""

    column: str
    value: str | None
    """The characters of the text, or the value of the column as it was sent; None where it is missing, and for all of
    a text that stands at no place in it: how long it is, and which words are not there."""
    contribution: float
    """Above 0 it speaks for the class, below against it."""
    start: int | None = None
    """Where in the text it begins, in characters from 0; None for what is no place in a text."""
    end: int | None = None
    """The character behind its last one."""


class Rest(msgspec.Struct, frozen=True):
    """The contributions that are not listed, together."""

    count: int
    contribution: float


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    """Why a row is, or is not, of a class.

    Where it is ``exact``, ``base``, all contributions and the rest add up to ``margin``.
    """

    label: str
    """The class that is explained."""
    name: str
    probability: float
    """Of that class, as it is answered."""
    answer: str
    """The class that is answered."""
    version: str
    method: Method
    """``linear``: weights times what stands there.  ``tree_shap``: Shapley values of trees.  ``occlusion``: how much
    less the score is without it."""
    exact: bool
    scale: Scale
    """What contributions are counted in: ``log-odds`` of the class against the others; ``logit``, its score before the
    softmax over all classes; ``probability``."""
    margin: float
    """The score of the class, in that scale."""
    base: float | None
    """The score of a row that nothing is known of; None where contributions do not add up to the score."""
    contributions: tuple[Contribution, ...]
    """The strongest, strongest first."""
    rest: Rest
    before_calibration: float | None = None
    """Where the contributions are of the score before calibration: the probability that it was; else None."""
    unasked: int = 0
    """Words and columns that there was no time to leave out; only occlusion has any."""
    sentence: str
    """The strongest in words."""


def strongest(found: Iterable[Contribution]) -> tuple[tuple[Contribution, ...], Rest]:
    """The contributions to list, strongest first and equals as they come; and the rest of them."""
    ordered = sorted((each for each in found if each.contribution), key=lambda each: -abs(each.contribution))
    rest = ordered[MOST:]
    return tuple(ordered[:MOST]), Rest(len(rest), sum(each.contribution for each in rest))


def sentence(name: str, found: Sequence[Contribution]) -> str:
    """The strongest contributions in words.

    >>> refund, thanks = Contribution("text", "refund", 2.0, 2, 8), Contribution("text", "thanks", -1.0, 10, 16)
    >>> sentence("negative", [refund, thanks])
    "'refund' spoke for negative; 'thanks' against it."
    """
    weak = _WEAK * max((abs(each.contribution) for each in found), default=0.0)
    clear = [each for each in found if abs(each.contribution) > weak]
    spoke = _listed([each for each in clear if each.contribution > 0], _FOR)
    against = _listed([each for each in clear if each.contribution < 0], _AGAINST)
    if not spoke and not against:
        return f"Nothing in this row spoke for {name} or against it."
    if not spoke:
        return f"Nothing in this row spoke for {name}; {against} spoke against it."
    return f"{spoke} spoke for {name}" + (f"; {against} against it." if against else ".")


def _listed(found: Sequence[Contribution], most: int) -> str:
    words = list(dict.fromkeys(map(_spoken, found)))[:most]
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def _spoken(each: Contribution) -> str:
    if each.start is not None:
        return f"'{each.value}'"
    return f"{each.column} = {each.value}" if each.value is not None else f"what {each.column} lacks"
