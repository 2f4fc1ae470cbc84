"""Which pipeline a name stands for: ours in a literal table, others by the entry point group ``ratchet.pipelines``."""

from __future__ import annotations

from ratchet.catalogue import Catalogue
from ratchet.models.calibrated import Calibrated
from ratchet.models.encoded import Encoded
from ratchet.models.ensemble import Ensemble
from ratchet.models.huggingface.pipeline import Transformer
from ratchet.models.pipeline import Part, Pipeline
from ratchet.models.prepared import Prepared

GROUP = "ratchet.pipelines"
PIPELINES: dict[str, type[Pipeline]] = {
    "encoded.v1": Encoded,
    "calibrated.v1": Calibrated,
    "ensemble.v1": Ensemble,
    "prepared.v1": Prepared,
    "transformer.v1": Transformer,
}
_PIPELINES: Catalogue[type[Pipeline]] = Catalogue("pipeline", GROUP, PIPELINES)


def open_pipeline(part: Part) -> Pipeline:
    """The pipeline that was saved as this part, with those inside it; raises `SpecError` for a name unknown here."""
    return _PIPELINES.get(part.type).open(part, open_pipeline)
