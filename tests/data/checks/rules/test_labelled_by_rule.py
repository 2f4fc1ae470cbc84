from collections.abc import Callable

import numpy as np
import polars as pl

from ratchet.data.checks.checked_rows import CheckedRows
from ratchet.data.checks.rules.labelled_by_rule import check_labelled_by_rule
from ratchet.data.schema import Schema
from ratchet.kinds.kind import Kind

MakeRows = Callable[..., CheckedRows]


WORDS = ["alpha", "bravo", "charlie", "delta", "echo", "foxtrot", "golf", "hotel", "india", "juliet", "kilo", "lima"]
MENTORS = ["mentor", "mentoring", "Mentors", "mentor"]


def sentences(count: int, seed: int = 0) -> list[str]:
    rng = np.random.default_rng(seed)
    return [" ".join(rng.choice(WORDS, 4)) for _ in range(count)]


def test_a_rule_of_letters_is_printed_as_the_rule(make: MakeRows) -> None:
    texts = sentences(2_000)
    texts[:30] = [f"{text} building" for text in texts[:30]]
    texts[30:50] = [f"Rebuild {text}" for text in texts[30:50]]
    texts[50:60] = [f"{text} Investments" for text in texts[50:60]]
    texts[60:64] = [f"{text} {word}" for text, word in zip(texts[60:64], MENTORS, strict=True)]
    lowered = [text.lower() for text in texts]
    labels = [
        "help" if "mentor" in text else "money" if "investment" in text else "work" if "build" in text else "rest"
        for text in lowered
    ]
    (found,) = check_labelled_by_rule(make({"t": Kind.TEXT}, {"t": texts, "label": labels}))
    assert found.severity == "error"
    assert found.sentence.startswith("The labels follow a one-word rule: ")
    for part in ('contains "mentor" -> help', '"investments" -> money', 'contains "build" -> work', "else rest"):
        assert part in found.sentence
    assert "It gives every label" in found.sentence
    assert found.numbers["accuracy"] == 1.0


def test_a_word_within_other_words_is_told_from_its_letters(make: MakeRows) -> None:
    texts = [f"{text} art" for text in sentences(40)] + [f"{text} start party" for text in sentences(200, 1)]
    labels = ["yes"] * 40 + ["no"] * 200
    (found,) = check_labelled_by_rule(make({"t": Kind.TEXT}, {"t": texts, "label": labels}))
    assert '"art"' in found.sentence or '"start"' in found.sentence or '"party"' in found.sentence
    assert found.numbers["accuracy"] == 1.0


def test_a_rule_of_two_columns(make: MakeRows) -> None:
    rng = np.random.default_rng(0)
    amount, country = rng.gamma(2, 100, 3_000).round(), rng.choice(["de", "fr", "it"], 3_000)
    labels = np.where(country == "fr", "manual", np.where(amount > 400, "manual", "auto"))
    kinds = {"amount": Kind.NUMBER, "country": Kind.CATEGORY, "noise": Kind.NUMBER}
    (found,) = check_labelled_by_rule(
        make(kinds, {"amount": amount, "country": country, "noise": rng.normal(size=3_000), "label": labels})
    )
    assert found.sentence.startswith("The labels follow a rule of single values: ")
    assert "country is 'fr'" in found.sentence
    assert "amount > 400" in found.sentence
    assert found.numbers == {"accuracy": 1.0, "questions": 2.0}


def test_a_rule_with_slips_is_still_found(make: MakeRows) -> None:
    rng = np.random.default_rng(0)
    amount, age = rng.random(5_000), rng.random(5_000)
    labels = np.where(((amount > 0.7) | (age > 0.8)) ^ (rng.random(5_000) < 0.01), "high", "low")
    kinds = {"amount": Kind.NUMBER, "age": Kind.NUMBER}
    (found,) = check_labelled_by_rule(make(kinds, {"amount": amount, "age": age, "label": labels}))
    assert found.severity == "warning"
    assert abs(found.share - 0.99) < 0.005


def test_labels_by_chance_follow_no_rule(make: MakeRows) -> None:
    rng = np.random.default_rng(0)
    kinds = {"t": Kind.TEXT, "n": Kind.NUMBER}
    for count in (12, 200, 2_000):
        columns = {"t": sentences(count), "n": rng.normal(size=count), "label": rng.choice(["a", "b"], count)}
        assert not list(check_labelled_by_rule(make(kinds, columns)))


def test_a_likely_label_is_no_rule(make: MakeRows) -> None:
    rng = np.random.default_rng(0)
    n = rng.normal(size=4_000)
    labels = np.where(rng.random(4_000) < 1 / (1 + np.exp(-4 * n)), "a", "b")
    assert not list(check_labelled_by_rule(make({"n": Kind.NUMBER}, {"n": n, "label": labels})))


def test_classes_easy_to_tell_apart_are_not_labelled_by_a_rule() -> None:
    from sklearn.datasets import load_iris, load_wine

    for table in (load_iris(), load_wine()):
        names = [f"c{each}" for each in range(table.data.shape[1])]
        frame = pl.DataFrame(table.data, schema=names).with_columns(label=pl.Series(table.target).cast(pl.String))
        schema = Schema(columns=dict.fromkeys(names, Kind.NUMBER), label="label")
        assert not list(check_labelled_by_rule(CheckedRows(frame=frame, schema=schema)))
