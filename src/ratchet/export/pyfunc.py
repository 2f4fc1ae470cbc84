"""What MLflow calls to open a model of ours, and what answers then."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from ratchet.data.readers.frames import table_of
from ratchet.errors import DataError, InternalError
from ratchet.export.exported import Exporting
from ratchet.features.columns import from_frame
from ratchet.registry import bundle as bundles
from ratchet.serving import tabular
from ratchet.serving.predictor import Predictor
from ratchet.serving.scoring import parts
from ratchet.words import count_of

if TYPE_CHECKING:
    import pandas as pd

_ROWS = 10_000
"""How many rows are answered at once."""


class PythonFunction:
    """A bundle behind MLflow's ``predict``: a pandas frame in, one with an answer per row out."""

    def __init__(self, predictor: Predictor) -> None:
        self._predictor = predictor

    def predict(self, model_input: pd.DataFrame, params: Mapping[str, Any] | None = None) -> pd.DataFrame:
        """The columns ``label``, ``p_CLASS`` for each class, ``set`` and ``abstained``, with the frame's own index.

        Nothing is logged.  Raises `ratchet.errors.RowError` that locates each value that does not fit.
        """
        predictor, table = self._predictor, table_of(model_input)
        if table is None:
            raise DataError("this is no table of rows", todo="give a pandas frame with a column for each that is read")
        tabular.check_rows(table, predictor, _ROWS)
        found = parts(table, predictor, _ROWS) if table.height else ()
        answered = [tabular.answers(part, predictor.predictions(part.probabilities), predictor) for part in found]
        return tabular.as_given(tabular.joined(answered, predictor).drop("id"), model_input)


def _load_pyfunc(path: str) -> PythonFunction:
    """The model whose bundle lies at ``path``: MLflow's own name for what opens one.

    Raises `ratchet.errors.BundleError` where a byte of it was changed.
    """
    return PythonFunction(Predictor(bundles.read(Path(path)), "exported"))


def checked(folder: Path, exporting: Exporting) -> str:
    """A sentence on the model in ``folder``; raises `InternalError` where it does not answer as the version does."""
    rows = exporting.sample()
    found = _load_pyfunc(str(folder)).predict(rows)
    served = exporting.predictor.probabilities(from_frame(rows, exporting.bundle.schema.features))
    classes = [f"p_{each}" for each in exporting.bundle.schema.classes]
    if not np.array_equal(pl.DataFrame(found).select(classes).to_numpy(), served):
        raise InternalError("what was exported does not answer as the version does", todo="report it, please")
    return f"{count_of(rows.height, 'stored row')} answered bit for bit as the version does"
