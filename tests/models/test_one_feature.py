from __future__ import annotations

import numpy as np

from ratchet.features.encoder import Columns
from ratchet.features.table import TableEncoder
from ratchet.kinds.kind import Kind
from ratchet.models.one_feature import OneFeature, OneFeatureModel
from ratchet.models.recipe import Recipe

RANDOM = np.random.default_rng(0)


def fitted(columns: Columns, kinds: dict[str, Kind], labels: list[int]) -> tuple[OneFeatureModel, float]:
    encoder = TableEncoder.fit(columns, kinds, Recipe.plan("one_feature.v1", kinds).encoders)
    rows, truth = encoder.transform(columns), np.array(labels, np.int32)
    model = OneFeature().fit(rows, truth, 2, {}, seed=0, names=encoder.names())
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
    model, _ = fitted(columns, {"plan": Kind.CATEGORY}, labels)
    assert model.describe(("stays", "leaves")) in {
        "plan = short: stays (80%), else stays (100%)",
        "plan = long: stays (100%), else stays (80%)",
    }
