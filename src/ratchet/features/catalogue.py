"""Which encoder a name stands for: ours in a literal table, others by the entry point group ``ratchet.encoders``."""

from __future__ import annotations

from ratchet.catalogue import Catalogue
from ratchet.features.bins import Bins
from ratchet.features.blank import Blank
from ratchet.features.calendar import Calendar
from ratchet.features.codes import Codes
from ratchet.features.encoder import Encoder
from ratchet.features.hashed import Hashed
from ratchet.features.ngrams import NGrams
from ratchet.features.numeric import Numeric
from ratchet.features.onehot import OneHot
from ratchet.features.robust import Robust
from ratchet.features.standard import Standard
from ratchet.features.target import TargetShares
from ratchet.features.words import Words

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
    "words.v1": Words,
    "blank.v1": Blank,
}
_ENCODERS: Catalogue[type[Encoder]] = Catalogue("encoder", GROUP, ENCODERS)


def encoder(name: str) -> type[Encoder]:
    """The encoder called ``name``; raises `SpecError` that names those there are."""
    return _ENCODERS.get(name)
