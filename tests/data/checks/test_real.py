"""What a user reads about real data sets: the troubles that are there, and no others."""

from collections.abc import Callable

import polars as pl
import pytest

from ratchet.data import checks
from ratchet.data.checks.checked_rows import CheckedRows
from ratchet.data.findings import Finding

MakeRows = Callable[..., CheckedRows]


def run(rows: CheckedRows) -> dict[str, Finding]:
    return {each.check: each for each in checks.run(rows.frame, rows.schema, spec=rows.spec)}


def test_uruti_says_what_its_reader_must_know_first(real: MakeRows) -> None:
    rows = real("uruti_transcripts", {"transcript": "text"})
    found = checks.run(rows.frame, rows.schema, spec=rows.spec)
    lines = [each.sentence for each in found[:5]]
    assert lines[0].startswith("The labels follow a one-word rule: ")
    for part in ('contains "mentor" -> Mentorship Needed', '"funding" or "investment" -> Investment Ready',
                 'contains "build" or "idea" -> Needs Refinement', "else Mission"):  # fmt: skip
        assert part in lines[0]
    assert "It gives every label" in lines[0]
    assert found[0].severity == "error"
    assert lines[1].startswith("The class 'Mentorship Needed' has 3 rows")
    assert "Always guessing 'Mission' scores an accuracy of 0.99" in lines[2]
    assert lines[3].startswith("591 of 26,061 rows (2.3 %) are repeated")
    assert "of 26,061 texts in 'transcript' (1.4 %) are empty" in lines[4]


def test_uruti_without_mission_says_what_guessing_gets(real: MakeRows) -> None:
    rows = real("uruti_transcripts", {"transcript": "text"})
    frame = rows.frame.filter(pl.col("label") != "Mission")
    assert frame.height == 264
    found = checks.run(frame, rows.schema, spec=rows.spec)
    assert "one-word rule" in found[0].sentence
    assert found[1].sentence.startswith("The class 'Mentorship Needed' has 3 rows")
    assert "Always guessing 'Needs Refinement' scores an accuracy of 0.91 (240 of 264 rows)" in found[2].sentence


def test_imdb_stars_give_the_label_away(real: MakeRows) -> None:
    rows = real("imdb", {"text": "text", "rating": "number", "split": "split"})
    rows = CheckedRows(frame=rows.frame.gather_every(5), schema=rows.schema, spec=rows.spec)
    found = run(rows)
    assert "each of its 8 values goes with one label (rating" in found["leakage"].sentence
    assert found["leakage"].severity == "error"
    assert not {"labelled_by_rule", "id_columns", "order", "small_classes"} & set(found)


def test_german_credit_is_quiet(real: MakeRows) -> None:
    assert run(real("german_credit")) == {}


def test_telco_has_an_id_and_no_false_leak(real: MakeRows) -> None:
    found = run(real("telco_churn"))
    assert list(found) == ["id_columns"]
    assert found["id_columns"].column == "customerID"


def test_bank_marketing_depends_on_time_and_on_the_length_of_the_call(real: MakeRows) -> None:
    found = run(real("bank_marketing"))
    assert found["leakage"].column == "duration"
    assert found["leakage"].severity == "note"
    assert found["id_columns"].column == "row_order"
    assert "2.8 % of the first tenth and 45.9 % of the last" in found["order"].sentence
    assert "scores an accuracy of 0.89" in found["dominating_class"].sentence


def test_tweets_repeat_each_other_and_hold_escapes(real: MakeRows) -> None:
    rows = real("tweeteval_sentiment", {"text": "text", "split": "split"})
    rows = CheckedRows(frame=rows.frame[:20_000], schema=rows.schema, spec=rows.spec)
    found = run(rows)
    assert {"repeated_rows", "near_duplicates", "encoding"} <= set(found)
    assert not [each for each in found.values() if each.severity == "error"]


@pytest.mark.parametrize("column", ["product_category_tree", "category_2"])
def test_flipkart_categories_give_the_label_away(real: MakeRows, column: str) -> None:
    rows = real("flipkart_products", {"title": "text", column: "text" if "tree" in column else "category"})
    found = run(rows)
    assert (found.get("label_in_words") or found["leakage"]).column == column
