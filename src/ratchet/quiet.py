"""Warnings of libraries about what is legal here, kept from the terminal."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def many_classes() -> Iterator[None]:
    """Fit a classifier of scikit-learn without its guess that many classes of few rows each are numbers."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The number of unique classes is greater than 50%", UserWarning)
        yield
