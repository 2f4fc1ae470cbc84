"""pretrained.v1: a finished classifier from Hugging Face, brought as it is, its labels told in the spec's words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from ratchet.errors import SpecError
from ratchet.features.huggingface.extras import needs
from ratchet.features.huggingface.folder import Folder
from ratchet.features.huggingface.network import Network, network
from ratchet.features.huggingface.tokens import Tokens
from ratchet.kinds.kind import Kind
from ratchet.models.family import Choice, LabelledRows, Range, Shape
from ratchet.models.history import History
from ratchet.models.huggingface.pipeline import MOST, Transformer, joined
from ratchet.models.huggingface.precision import settled
from ratchet.models.pipeline import Pipeline

_JUDGED = 300
"""Rows on which it is judged whether whole numbers of one byte answer as well."""


class Pretrained:
    """The family.  Nothing is learned; rows are looked at only to choose the precision of the answers.

    ``model`` is an id or a path of a sequence classifier, ``labels`` maps its labels to classes, one to one;
    where it is empty, its own names are matched with the classes, whatever their case.
    """

    name: ClassVar[str] = "pretrained.v1"
    meaning: ClassVar[str] = "a finished classifier, brought as it is (extra sentences)"
    reads: ClassVar[frozenset[Kind]] = frozenset({Kind.TEXT})

    def space(self, shape: Shape) -> Mapping[str, Choice | Range]:
        return {}

    def defaults(self, shape: Shape) -> Mapping[str, Any]:
        return {"model": "", "labels": {}, "room": 256}

    def content(self, params: Mapping[str, Any]) -> str:
        """What names the model that is brought, by its files; raises `MissingExtraError`, and `SpecError` where it is
        nowhere.
        """
        needs("sentences")
        return _source(params).content

    def fit(
        self, rows: LabelledRows, params: Mapping[str, Any], *, seed: int, folder: Path, threads: int = 1
    ) -> Pipeline:
        needs("sentences")
        source = _source(params)
        net = network(source.config, source.weights(), head=True)
        names = rows.names or tuple(map(str, range(rows.target.classes)))
        net = told_apart(net, places(source, params["labels"], names), len(names))
        tokens, columns = Tokens.of(source), tuple(rows.columns)
        room = min(int(params["room"]), net.shape.longest)
        texts = joined({name: column[:_JUDGED] for name, column in rows.columns.items()}, columns)
        first = [each[0] for each in tokens.chunks(texts, room=room, most=MOST)]
        net, precision = settled(net, first, rows.target.labels[: len(first)], tokens.padding)
        facts = {"model": source.name, "sha256": source.sha256, "room": room, "precision": precision}
        return Transformer(columns, net, tokens, facts, History(facts=facts))


def _source(params: Mapping[str, Any]) -> Folder:
    if not params["model"]:
        raise SpecError("pretrained.v1 is not told which model", todo='set params = {model = "ID or path"}')
    return Folder.of(str(params["model"]))


def places(source: Folder, labels: Mapping[str, str], classes: Sequence[str]) -> list[int]:
    """Of each label of a model, in its order, the class it means.

    Raises `SpecError` that lists both sides where a label means no class, or a class has no label.
    """
    theirs = source.labels
    folded = {each.casefold(): number for number, each in enumerate(classes)}
    wanted = {label.casefold(): str(means).casefold() for label, means in labels.items()}
    found = [folded.get(wanted.get(each.casefold(), each.casefold() if not labels else "")) for each in theirs]
    strangers = sorted(wanted.keys() - {each.casefold() for each in theirs})
    known = [each for each in found if each is not None]
    if strangers or len(known) < len(found) or len(set(known)) < len(classes):
        example = ", ".join(f'"{each}" = "{classes[at % len(classes)]}"' for at, each in enumerate(theirs))
        wrong = [f"the model has no label '{each}'" for each in labels if each.casefold() in strangers]
        wrong += [f"'{each}' is no class" for each in labels.values() if str(each).casefold() not in folded]
        wrong += [f"no label means {each}" for at, each in enumerate(classes) if at not in known]
        raise SpecError(
            f"the labels of '{source.name}' do not match the classes: it says {', '.join(theirs) or 'nothing'}; "
            f"the classes are {', '.join(classes)}{''.join(f'; {each}' for each in wrong)}",
            todo=f"say which label means which class: params = {{model = ..., labels = {{{example}}}}}",
        )
    return known


def told_apart(net: Network, places: Sequence[int], classes: int) -> Network:
    """The network with its outputs in the order of the classes.

    Raises `SpecError` where two labels mean one class: their scores cannot be told as one.
    """
    if sorted(places) != list(range(classes)):
        raise SpecError("several labels of the model mean one class", todo="give each class a label of its own")
    if (outputs := net.arrays["classes.w"].shape[1]) != classes:
        raise SpecError(
            f"the model has {outputs} outputs, and its config.json names {classes} labels",
            todo="name every output under id2label in its config.json",
        )
    order = np.argsort(places)
    arrays = dict(net.arrays)
    arrays["classes.w"] = np.ascontiguousarray(arrays["classes.w"][:, order])
    arrays["classes.b"] = np.ascontiguousarray(arrays["classes.b"][order])
    return Network(net.shape, arrays)
