"""Which encoder a name stands for: ours in a literal table, others by the entry point group ``ratchet.encoders``."""

from __future__ import annotations

from collections.abc import Callable

from ratchet.catalogue import Catalogue
from ratchet.errors import SpecError
from ratchet.features.bins import Bins
from ratchet.features.blank import Blank
from ratchet.features.calendar import Calendar
from ratchet.features.codes import Codes
from ratchet.features.encoder import Encoder
from ratchet.features.grams import Grams
from ratchet.features.hashed import Hashed
from ratchet.features.letters import Letters
from ratchet.features.ngrams import NGrams
from ratchet.features.numeric import Numeric
from ratchet.features.onehot import OneHot
from ratchet.features.robust import Robust
from ratchet.features.sentences import Sentences
from ratchet.features.standard import Standard
from ratchet.features.target import TargetShares
from ratchet.features.words import PlainWords, Words

GROUP = "ratchet.encoders"
ENCODERS: dict[str, type[Encoder]] = {
    "standard.v1": Standard,
    "robust.v1": Robust,
    "bins.v1": Bins,
    "numeric.v1": Numeric,
    "onehot.v1": OneHot,
    "codes.v1": Codes,
    "target.v1": TargetShares,
    "hashed.v1": Hashed,
    "calendar.v1": Calendar,
    "ngrams.v1": NGrams,
    "ngrams.v2": Grams,
    "chars.v1": Letters,
    "words.v1": PlainWords,
    "words.v2": Words,
    "sentences.v1": Sentences,
    "blank.v1": Blank,
}
_ENCODERS: Catalogue[type[Encoder]] = Catalogue("encoder", GROUP, ENCODERS, (Blank.name,))


def encoder(name: str) -> type[Encoder]:
    """The encoder called ``name``; raises `SpecError` that names those there are.

    A name may carry an argument behind a colon (``sentences.v1:models/minilm``): an encoder that takes one has a class
    method ``of``, which gives the encoder made by it.
    """
    plain, colon, argument = name.partition(":")
    found = _ENCODERS.get(plain)
    if not colon:
        return found
    of: Callable[[str], type[Encoder]] | None = getattr(found, "of", None)
    if of is None or not argument:
        raise SpecError(f"the encoder '{plain}' cannot be made by '{argument}'", todo=f"name it without: {plain}")
    return of(argument)


def unknown(name: str) -> str:
    """What to use in the place of an encoder that there is not, in words; "" where there is one, whatever its argument.

    >>> unknown("sentences.v1:models/minilm"), unknown("ngrms.v2")[:26]
    ('', "did you mean 'ngrams.v2'? ")
    """
    plain, _, _ = name.partition(":")
    return "" if _ENCODERS.has(plain) else _ENCODERS.hint(plain)
