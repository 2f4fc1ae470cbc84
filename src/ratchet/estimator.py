"""A classifier's life behind scikit-learn's ``fit`` and ``predict``, for scripts and libraries that speak those."""

from __future__ import annotations

import os
import shutil
import tempfile
import warnings
import weakref
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal, Self

import numpy as np
import numpy.typing as npt
import polars as pl
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, column_or_1d, validate_data

from ratchet.arguments import as_path
from ratchet.classifier import Classifier
from ratchet.data.readers.frames import Table, table_of
from ratchet.drafting.draft import Draft, draft
from ratchet.errors import RatchetError, RefusedError, SpecError
from ratchet.export import sklearn as exported
from ratchet.registry import bundle as bundles
from ratchet.serving.predictor import Predictor
from ratchet.serving.scoring import parts
from ratchet.serving.tabular import check_rows
from ratchet.spec import FILE
from ratchet.system import open as open_classifier

_ROWS = 10_000
"""How many rows are answered at once."""
_ARGUMENTS = {
    "gate.metric": "metric",
    "search.trials": "trials",
    "search.folds": "folds",
    "search.budget": "budget",
    "split.holdout": "holdout",
    "split.seed": "random_state",
}
"""The key of a spec -> the argument that says it."""


class RatchetClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Learns as ``ratchet train`` does: several families tuned, measured on rows held out, judged by the gate.

    ``fit`` takes arrays of numbers and frames of any library with columns of numbers, categories, texts and dates, with
    missing values.  It holds rows out by itself, so ``decision_`` and ``scorecard_`` say how good the model is without
    a test set of yours; a model that the gate does not let through answers all the same, with a `UserWarning`.

    Fitted, it holds the model itself: it can be pickled, copied and sent, and needs no folder to answer.  Its answers
    are not logged; what answers users is served from ``folder`` (``ratchet serve``), where the same model is champion.

    >>> from sklearn.datasets import load_iris
    >>> X, y = load_iris(return_X_y=True, as_frame=True)
    >>> model = RatchetClassifier(trials=2, engine="inline").fit(X, y)        # doctest: +SKIP
    >>> model.predict(X[:2]), bool(model.decision_)                           # doctest: +SKIP
    (array([0, 0]), True)
    """

    def __init__(
        self,
        folder: str | Path | None = None,
        *,
        families: Sequence[str] | None = None,
        metric: str | None = None,
        trials: int | None = None,
        folds: int | None = None,
        budget: str | float | None = None,
        holdout: float | None = None,
        random_state: int | None = None,
        engine: Literal["processes", "inline"] | None = None,
    ) -> None:
        """``folder`` keeps the workspace; without one nothing is kept but the model.

        A folder remembers: fitted again, it takes the rows that are new in, and what it learns has to beat the
        champion there.  Where it has a ``ratchet.toml``, that says what is learned and how, and the other arguments
        must be left out; else it is drafted from the rows with what is given here: ``families`` that compete
        (``["linear.v1"]``), the gate's ``metric``, the search's ``trials``, ``folds`` and ``budget`` (seconds, or
        ``"10m"``), the ``holdout`` (the share of rows that only the gate sees), ``random_state`` (which rows those
        are).  ``engine`` is that of `ratchet.settings.Settings`.
        """
        self.folder = folder
        self.families = families
        self.metric = metric
        self.trials = trials
        self.folds = folds
        self.budget = budget
        self.holdout = holdout
        self.random_state = random_state
        self.engine = engine

    def fit(self, X: Any, y: Any) -> Self:
        """Learn from rows ``X`` (rows, columns) with their labels ``y`` (rows,).

        Sets ``classes_``, ``n_features_in_``, ``feature_names_in_`` (of frames), ``version_``, ``decision_`` (a
        `ratchet.gate.decision.Decision`) and ``scorecard_`` (the document that ``ratchet show --json`` prints).
        Raises `ValueError` in Ratchet's words where it cannot learn from them.
        """
        with _words_of_sklearn():
            table, y = self._checked(X, y)
            self.classes_, codes = np.unique(y, return_inverse=True)
            self._texts = _texts(self.classes_)
            with self._workspace() as folder:
                self._fit(folder, table, [self._texts[code] for code in codes])
        if not self.decision_:
            warnings.warn(f"the gate did not let this model through: {self.decision_.sentence}", stacklevel=2)
        return self

    @classmethod
    def load(cls, folder: str | Path) -> Self:
        """The fitted estimator in a folder that ``ratchet export VERSION --to sklearn`` wrote; opening it runs no code.

        ``classes_`` are texts.  Raises `ratchet.errors.BundleError` where there is none, or a file of it was changed.
        """
        told, opened = exported.read(as_path(folder, "the folder to load"))
        made = cls()
        made._texts = list(opened.schema.classes)
        made.classes_ = np.array(made._texts)
        made.feature_names_in_ = np.array(list(opened.schema.features), dtype=object)
        made.n_features_in_ = len(made.feature_names_in_)
        made.decision_, made.scorecard_, made.version_ = told.decision, dict(told.scorecard), told.version
        made._hold(as_path(folder, "the folder to load") / exported.BUNDLE)
        return made

    def predict(self, X: Any) -> npt.NDArray[Any]:
        """(rows,) the label of each row: its most probable class, or as the class factors of the model decide."""
        predictor, found = self._answered(X)
        places = np.array([self._texts.index(each) for each in predictor.schema.classes])
        return np.asarray(self.classes_[places[predictor.best(found)[0][:, 0]]])

    def predict_proba(self, X: Any) -> npt.NDArray[np.float64]:
        """(rows, classes) calibrated probabilities, in the order of ``classes_``."""
        predictor, found = self._answered(X)
        probabilities = np.zeros((len(found), len(self._texts)))
        places = [self._texts.index(each) for each in predictor.schema.classes]
        probabilities[:, places] = found
        return probabilities

    def predict_set(self, X: Any) -> npt.NDArray[np.bool_]:
        """(rows, classes) which classes are in the set that holds the true one as often as the spec promises.

        Raises `ValueError` where the model makes no sets (``coverage = 0``, or too few rows to promise anything).
        """
        predictor, found = self._answered(X)
        sets = predictor.sets(found)
        if sets is None:
            raise ValueError("this model promises no coverage: it had too few rows, or [serve] coverage is 0")
        inside = np.zeros((len(found), len(self._texts)), dtype=bool)
        places = [self._texts.index(each) for each in predictor.schema.classes]
        for row, classes in enumerate(sets):
            inside[row, [places[each] for each in classes]] = True
        return inside

    def _checked(self, X: Any, y: Any) -> tuple[Table, npt.NDArray[Any]]:
        table = self._table(X, y=y, reset=True)
        labels = column_or_1d(y, warn=True)
        check_classification_targets(labels)
        if len(labels) != table.height:
            raise ValueError(f"X has {table.height} rows and y has {len(labels)} labels")
        return table, labels

    def _table(self, X: Any, *, reset: bool, y: Any = None) -> Table:
        """The rows as a table: arrays as columns of numbers, frames as they are."""
        if isinstance(X, str | bytes | os.PathLike):
            raise ValueError(
                f"X is the rows, and {X!r:.80} is none of them: read the file, and give a frame or an array"
            )
        if _is_frame(X):
            table = table_of(X)
            assert table is not None
            named = table.slice(0, table.height, table.columns) if isinstance(X, list | tuple) else X
            validate_data(self, named, reset=reset, skip_check_array=True)
            if not table.height:
                raise ValueError(f"Found array with 0 sample(s) (shape={(0, len(table.columns))}): give rows")
            return table
        told = {"reset": reset, "dtype": "numeric", "ensure_all_finite": "allow-nan"}
        array = validate_data(self, X, **told) if y is None else validate_data(self, X, y, **told)[0]
        made = table_of(pl.DataFrame(array, schema=[f"x{at}" for at in range(array.shape[1])], orient="row"))
        assert made is not None
        return made

    @contextmanager
    def _workspace(self) -> Iterator[Path]:
        if self.folder is not None:
            yield as_path(self.folder, "the folder")
            return
        with tempfile.TemporaryDirectory(prefix="ratchet-fit-") as folder:
            yield Path(folder)

    def _fit(self, folder: Path, table: Table, labels: list[str]) -> None:
        rows, chosen = _labelled, self._chosen()
        if not (folder / FILE).exists():
            label = _unused("label", table.columns)
            made = _drafted(rows(table, label, labels), label, chosen)
            folder.mkdir(parents=True, exist_ok=True)
            (folder / FILE).write_text(made.toml, encoding="utf-8")
        elif chosen:
            raise RefusedError(
                f"{folder / FILE} says how {', '.join(chosen)} are to be; the estimator was given them too",
                todo="change them there, and leave them out here",
            )
        quiet = {"tracking_uri": "off"} if self.folder is None else {}
        with open_classifier(folder, **quiet, **({} if self.engine is None else {"engine": self.engine})) as box:
            self.decision_ = box.train(rows(table, box.spec.label, labels))
            self._keep(box)

    def _keep(self, box: Classifier) -> None:
        version = self.version_ = str(self.decision_.version)
        self.scorecard_ = box.show(version)
        self._hold(box.files(version))

    def _hold(self, folder: Path) -> None:
        """Keep the files of a bundle in memory, and see that they answer."""
        self._files = {
            each.relative_to(folder).as_posix(): each.read_bytes() for each in folder.rglob("*") if each.is_file()
        }
        self._opened: Predictor | None = None
        self._predictor()

    def _chosen(self) -> dict[str, Any]:
        """The sections of a spec that were given as arguments."""
        given: dict[str, dict[str, Any]] = {
            "gate": {"metric": self.metric},
            "search": {"trials": self.trials, "folds": self.folds, "budget": self.budget},
            "split": {"holdout": self.holdout, "seed": self.random_state},
        }
        told = {name: {key: value for key, value in keys.items() if value is not None} for name, keys in given.items()}
        if self.families is not None and (isinstance(self.families, str) or not isinstance(self.families, Sequence)):
            raise ValueError(f'families are a list of names, such as ["linear.v1"], and {self.families!r:.80} is none')
        families = None if self.families is None else [{"family": each} for each in self.families]
        return {name: keys for name, keys in {**told, "candidates": families}.items() if keys}

    def _answered(self, X: Any) -> tuple[Predictor, npt.NDArray[np.float64]]:
        check_is_fitted(self)
        with _words_of_sklearn():
            table, predictor = self._table(X, reset=False), self._predictor()
            check_rows(table, predictor, _ROWS)
            return predictor, np.concatenate([part.probabilities for part in parts(table, predictor, _ROWS)])

    def _predictor(self) -> Predictor:
        """What answers; its files lie in a folder that goes with it."""
        if self._opened is None:
            home = Path(tempfile.mkdtemp(prefix="ratchet-model-"))
            for name, content in self._files.items():
                (home / name).parent.mkdir(parents=True, exist_ok=True)
                (home / name).write_bytes(content)
            self._opened = Predictor(bundles.read(home), self.version_)
            weakref.finalize(self._opened, shutil.rmtree, home, ignore_errors=True)
        return self._opened

    def __getstate__(self) -> dict[str, Any]:
        state: dict[str, Any] = {**super().__getstate__()}
        if "_opened" in state:
            state["_opened"] = None
        return state

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.string = True
        tags.input_tags.categorical = True
        return tags


def _is_frame(X: Any) -> bool:
    """Whether rows have columns with names: a frame, or a list of dicts."""
    if isinstance(X, list | tuple):
        return bool(X) and isinstance(X[0], Mapping)
    return hasattr(X, "columns") or hasattr(X, "__arrow_c_stream__")


def _drafted(rows: pl.DataFrame, label: str, chosen: Mapping[str, Any]) -> Draft:
    """A spec for the rows; raises `SpecError` that names the arguments that will not do."""
    try:
        return draft(rows, label, "classifier", chosen=chosen)
    except SpecError as error:
        keys = [each.where.rpartition(": ")[2] for each in error.problems]
        named = zip(error.problems, keys, strict=True)
        problems = tuple(replace(each, where=_ARGUMENTS.get(key, key)) for each, key in named)
        raise SpecError(
            "RatchetClassifier cannot use what it was given", todo="correct each argument named", problems=problems
        ) from None


def _labelled(table: Table, label: str, labels: list[str]) -> pl.DataFrame:
    rows = table.slice(0, table.height, [name for name in table.columns if name != label])
    return rows.with_columns(pl.Series(label, labels))


def _unused(name: str, taken: Sequence[str]) -> str:
    while name in taken:
        name = f"{name}_of_row"
    return name


def _texts(classes: npt.NDArray[Any]) -> list[str]:
    """How classes are spelled in the table: as they print, where that tells them apart, else numbered."""
    texts = [str(each) for each in classes]
    if len({each.strip() for each in texts} - {""}) == len(texts):
        return [each.strip() for each in texts]
    return [f"class {at}" for at in range(len(texts))]


@contextmanager
def _words_of_sklearn() -> Iterator[None]:
    """An error of ours as the `ValueError` that callers of scikit-learn catch, in our words."""
    try:
        yield
    except RatchetError as error:
        raise ValueError(str(error)) from error
