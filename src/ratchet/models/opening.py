"""Which pipeline a name stands for: ours in a literal table, others by the entry point group ``ratchet.pipelines``."""

from __future__ import annotations

from importlib.metadata import entry_points

from ratchet.errors import SpecError
from ratchet.models.calibrated import Calibrated
from ratchet.models.encoded import Encoded
from ratchet.models.ensemble import Ensemble
from ratchet.models.pipeline import Part, Pipeline

GROUP = "ratchet.pipelines"
PIPELINES: dict[str, type[Pipeline]] = {
    "encoded.v1": Encoded,
    "calibrated.v1": Calibrated,
    "ensemble.v1": Ensemble,
}


def open_pipeline(part: Part) -> Pipeline:
    """The pipeline that was saved as this part, with those inside it; raises `SpecError` for a name unknown here."""
    return _type(part.type).open(part, open_pipeline)


def _type(name: str) -> type[Pipeline]:
    if name in PIPELINES:
        return PIPELINES[name]
    others = entry_points(group=GROUP)
    if name in others.names:
        found: type[Pipeline] = others[name].load()
        return found
    known = ", ".join(sorted({*PIPELINES, *others.names}))
    raise SpecError(
        f"there is no pipeline '{name}'; this Ratchet knows {known}", todo="install the package that has it"
    )
