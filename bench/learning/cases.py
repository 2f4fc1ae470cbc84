"""The tables, the figure to reach on each, and what its user leaves out of it by hand."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

DATA = Path(os.environ.get("RATCHET_DATA", Path(__file__).parents[3] / "shared" / "data"))


@dataclass(frozen=True, kw_only=True)
class Case:
    """One table."""

    name: str
    table: str
    metric: str
    goal: float
    drop: tuple[str, ...] = ()
    holdouts: int = 1
    """How many splits are averaged: one of a small table says little."""


CASES = (
    Case(name="imdb", table="imdb", metric="accuracy", goal=0.920, drop=("rating", "review_id")),
    Case(
        name="tweeteval_sentiment", table="tweeteval_sentiment", metric="macro_recall", goal=0.66,
        drop=("tweet_source",),
    ),
    Case(
        name="rakuten_fr_products_sample", table="rakuten_fr_products_sample", metric="accuracy", goal=0.79,
        drop=("prdtypecode", "title", "description", "product_id", "image_id", "source"),
        holdouts=3,
    ),
    Case(
        name="flipkart_products", table="flipkart_products", metric="accuracy", goal=0.965,
        drop=(
            "brand", "retail_price", "discounted_price", "category_2", "category_3", "image", "width", "height",
            "product_category_tree", "product_specifications", "uniq_id",
        ),
        holdouts=3,
    ),
    Case(name="telco_churn", table="telco_churn", metric="roc_auc", goal=0.847, holdouts=5),
    Case(name="german_credit", table="german_credit", metric="roc_auc", goal=0.80, holdouts=5),
    Case(name="bank_marketing", table="bank_marketing", metric="roc_auc", goal=0.81, drop=("duration",), holdouts=3),
)  # fmt: skip
