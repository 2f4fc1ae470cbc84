from __future__ import annotations

import numpy as np
import pytest

from ratchet.features.encoder import Columns
from ratchet.features.table import TableEncoder
from ratchet.kinds.kind import Kind
from ratchet.metrics.catalogue import metric
from ratchet.models.one_feature import OneFeature, OneFeatureModel
from ratchet.models.recipe import Recipe

RANDOM = np.random.default_rng(0)


def fitted(
    columns: Columns, kinds: dict[str, Kind], labels: list[int], metric: str = "macro_f1"
) -> tuple[OneFeatureModel, float]:
    encoder = TableEncoder.fit(columns, kinds, Recipe.plan("one_feature.v1", kinds).encoders)
    rows, truth = encoder.transform(columns), np.array(labels, np.int32)
    model = OneFeature().fit(rows, truth, max(2, max(labels) + 1), {"metric": metric}, seed=0, names=encoder.names())
    assert isinstance(model, OneFeatureModel)
    return model, float((model.predict(rows).argmax(axis=1) == truth).mean())


def test_the_threshold_is_found() -> None:
    age, noise = RANDOM.uniform(0, 100, 400), RANDOM.normal(size=400)
    model, right = fitted({"noise": noise, "age": age}, {"noise": Kind.NUMBER, "age": Kind.NUMBER}, (age > 50).tolist())
    assert right > 0.97
    assert model.describe(("young", "old")).startswith("age above 4") or "age above 5" in model.describe()


def test_the_word_is_found() -> None:
    words = ["plot", "film", "mentor", "idea", "team"]
    texts = [" ".join(RANDOM.choice(words, 3)) for _ in range(200)]
    model, right = fitted({"talk": texts}, {"talk": Kind.TEXT}, ["mentor" in text for text in texts])
    assert right == 1.0
    assert model.describe(("no", "yes")) == "talk has 'mentor': yes, else no"


def test_being_missing_can_be_the_rule() -> None:
    value = RANDOM.normal(size=200)
    value[::4] = np.nan
    _, right = fitted({"value": value}, {"value": Kind.NUMBER}, np.isnan(value).tolist())
    assert right == 1.0


def test_the_category_is_found() -> None:
    kinds = {"colour": Kind.CATEGORY}
    colours = RANDOM.choice(["red", "green", "blue"], 200).tolist()
    model, right = fitted({"colour": colours}, kinds, [colour == "green" for colour in colours])
    assert right == 1.0
    assert model.describe(("no", "yes")) == "colour = green: yes, else no"


def test_many_values_are_searched_too() -> None:
    shops = [f"shop {number % 80}" for number in range(400)]
    model, right = fitted({"shop": shops}, {"shop": Kind.CATEGORY}, [shop == "shop 17" for shop in shops])
    assert right == 1.0
    assert "shop = shop 17" in model.describe()


def test_a_rule_that_changes_no_answer_says_how_sure_it_is() -> None:
    columns: Columns = {"plan": ["short", "long"] * 100}
    labels = [int(number % 10 == 0) for number in range(200)]  # one in five of the short, none of the long
    model, _ = fitted(columns, {"plan": Kind.CATEGORY}, labels, "accuracy")
    assert model.describe(("stays", "leaves")) in {
        "plan = short: stays (80%), else stays (100%)",
        "plan = long: stays (100%), else stays (80%)",
    }


def score(model: OneFeatureModel, columns: Columns, kinds: dict[str, Kind], labels: list[int]) -> float:
    rows = TableEncoder.fit(columns, kinds, Recipe.plan("one_feature.v1", kinds).encoders).transform(columns)
    return metric("macro_f1").value(np.array(labels, np.int32), model.predict(rows))


def test_a_side_may_say_the_rare_class_though_another_is_commoner_there() -> None:
    kinds = {"wed": Kind.CATEGORY, "noise": Kind.NUMBER}
    wed = ["married", "single"] * 1_000
    rich = [int(each == "married" and RANDOM.random() < 0.45) for each in wed]
    columns: Columns = {"wed": wed, "noise": RANDOM.normal(size=2_000)}
    model, _ = fitted(columns, kinds, rich)
    assert model.describe(("poor", "rich")) in {"wed = married: rich, else poor", "wed = single: poor, else rich"}
    assert score(model, columns, kinds, rich) > 0.65, "always guessing scores 0.44"
    model, _ = fitted(columns, kinds, rich, "accuracy")
    assert score(model, columns, kinds, rich) < 0.45, "more rows are right where all are said to be poor"


def test_a_category_of_many_values_wins_nothing_by_having_many() -> None:
    labels = (RANDOM.random(400) < 0.5).astype(int)
    weak = labels * 0.8 + RANDOM.normal(size=400)
    columns: Columns = {"id": [f"c{number % 200}" for number in range(400)], "weak": weak}
    model, _ = fitted(columns, {"id": Kind.CATEGORY, "weak": Kind.NUMBER}, labels.tolist())
    assert model.describe().startswith("weak above")


def test_the_metric_chooses_the_rule() -> None:
    rare = np.repeat([0, 1], [1_900, 100])
    surely, broadly = np.zeros(2_000), np.zeros(2_000)
    surely[1_970:], broadly[1_500:] = 1, 1  # thirty rows of the rare class for sure; or all of it, with 400 others
    columns: Columns = {"surely": surely, "broadly": broadly}
    kinds = {"surely": Kind.NUMBER, "broadly": Kind.NUMBER}
    assert fitted(columns, kinds, rare.tolist(), "accuracy")[0].describe().startswith("surely")
    assert fitted(columns, kinds, rare.tolist(), "macro_recall")[0].describe().startswith("broadly")
    assert fitted(columns, kinds, rare.tolist(), "roc_auc")[0].describe().startswith("broadly")


@pytest.mark.parametrize("name", ["accuracy", "macro_f1", "macro_recall", "weighted_f1", "roc_auc", "log_loss"])
def test_every_metric_finds_a_rule_of_many_classes_the_same_each_time(name: str) -> None:
    labels = RANDOM.integers(0, 5, 500)
    columns: Columns = {"n": labels + RANDOM.normal(size=500), "noise": RANDOM.normal(size=500)}
    kinds = {"n": Kind.NUMBER, "noise": Kind.NUMBER}
    first, second = (fitted(columns, kinds, labels.tolist(), name)[0] for _ in range(2))
    assert first.describe().startswith("n above")
    assert first.state().meta == second.state().meta
