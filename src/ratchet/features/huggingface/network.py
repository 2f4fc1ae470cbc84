"""A transformer's encoder as arrays with names of our own, whichever architecture it came from.

Read are BERT, RoBERTa, CamemBERT, XLM-RoBERTa, ELECTRA, DistilBERT, ALBERT and MPNet: layers of attention and of two
dense steps, each followed by a normalisation (Vaswani et al. 2017, "Attention Is All You Need", section 3), which
differ in their names, in how positions are counted, and in the head that tells classes apart.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np

from ratchet.arrays import Array
from ratchet.errors import SpecError
from ratchet.features.huggingface.settings import small, whole

_BERT = {
    "layer": "encoder.layer.{}.",
    "query": "attention.self.query", "key": "attention.self.key", "value": "attention.self.value",
    "out": "attention.output.dense", "norm1": "attention.output.LayerNorm",
    "up": "intermediate.dense", "down": "output.dense", "norm2": "output.LayerNorm",
}  # fmt: skip
_MPNET = _BERT | {
    "query": "attention.attn.q", "key": "attention.attn.k", "value": "attention.attn.v",
    "out": "attention.attn.o", "norm1": "attention.LayerNorm",
}  # fmt: skip
_DISTILBERT = {
    "layer": "transformer.layer.{}.",
    "query": "attention.q_lin", "key": "attention.k_lin", "value": "attention.v_lin",
    "out": "attention.out_lin", "norm1": "sa_layer_norm",
    "up": "ffn.lin1", "down": "ffn.lin2", "norm2": "output_layer_norm",
}  # fmt: skip
_ALBERT = {
    "layer": "encoder.albert_layer_groups.{}.",
    "query": "attention.query", "key": "attention.key", "value": "attention.value",
    "out": "attention.dense", "norm1": "attention.LayerNorm",
    "up": "ffn", "down": "ffn_output", "norm2": "full_layer_layer_norm",
}  # fmt: skip
_POOLED = (("pooler.dense", "tanh", "classifier"), ("pooler", "tanh", "classifier"))
_OWN_HEAD = (("classifier.dense", "tanh", "classifier.out_proj"),)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Architecture:
    names: Mapping[str, str]
    heads: tuple[tuple[str, str, str], ...]
    """The dense step before the classes, its activation, and the classes' weights."""
    after_padding: bool = False
    """Positions are counted from one beyond the padding's number."""


ARCHITECTURES: Mapping[str, _Architecture] = {
    "bert": _Architecture(names=_BERT, heads=_POOLED),
    "roberta": _Architecture(names=_BERT, heads=_OWN_HEAD, after_padding=True),
    "camembert": _Architecture(names=_BERT, heads=_OWN_HEAD, after_padding=True),
    "xlm-roberta": _Architecture(names=_BERT, heads=_OWN_HEAD, after_padding=True),
    "electra": _Architecture(names=_BERT, heads=(("classifier.dense", "gelu", "classifier.out_proj"),)),
    "distilbert": _Architecture(names=_DISTILBERT, heads=(("pre_classifier", "relu", "classifier"),)),
    "albert": _Architecture(names=_ALBERT, heads=_POOLED),
    "mpnet": _Architecture(names=_MPNET, heads=_OWN_HEAD, after_padding=True),
}
ANOTHER = "copy the model's folder anew, or choose another"
_FLAT = ("embeddings.weight", "attention_bias.weight", "_projection.weight")
_LAYERS = 1_000
_ACTIVATIONS = {"gelu": "gelu", "relu": "relu", "gelu_new": "gelu_tanh", "gelu_pytorch_tanh": "gelu_tanh"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Shape:
    """All that is not an array.  JSON values only."""

    heads: int
    layers: tuple[int, ...]
    """Which weights each layer uses: 0, 1, 2 ... or, where layers share them, 0, 0, 0."""
    activation: str
    epsilon: float
    longest: int
    """Tokens of one text, at most, special ones included."""
    head: str | None = None
    """The activation before the classes; None where there is no head."""
    lifted: bool = False
    """Whether words are narrower than layers."""
    relative: bool = False
    """Whether attention has a bias by distance."""

    def document(self) -> dict[str, Any]:
        """As JSON values."""
        return asdict(self) | {"layers": list(self.layers)}

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> Self:
        """The shape that `document` made."""
        return cls(**{**document, "layers": tuple(document["layers"])})


@dataclass(frozen=True, slots=True)
class Network:
    """A transformer's encoder, perhaps with a head: float32 arrays by name, dense weights (inputs, outputs).

    ``words``, ``places`` (positions, with the type of a first text added), ``norm``, of each layer ``0.qkv``,
    ``0.out``, ``0.norm1``, ``0.up``, ``0.down``, ``0.norm2``, of the head ``head`` and ``classes``; each but the first
    two as ``.w`` and ``.b``.
    """

    shape: Shape
    arrays: Mapping[str, Array]

    @property
    def width(self) -> int:
        """How many numbers a token becomes."""
        return len(self.arrays["0.norm2.b"])


def network(config: Mapping[str, Any], weights: Mapping[str, Array], *, head: bool = False) -> Network:
    """The network of a configuration and weights as Hugging Face names them; with the ``head`` for classes, or without.

    Raises `SpecError` for another architecture, for settings that make no sense, and for weights that are not there or
    do not go together.
    """
    try:
        found = _read(config, weights, head)
        agree(found)
    except (IndexError, TypeError, ValueError) as error:
        raise SpecError(f"the model's weights do not go together: {error}", todo=ANOTHER) from None
    return found


def _read(config: Mapping[str, Any], weights: Mapping[str, Array], head: bool) -> Network:
    kind = str(config.get("model_type"))
    if kind not in ARCHITECTURES:
        raise SpecError(
            f"a model of type '{kind[:100]}' cannot be read",
            todo=f"choose one of type {', '.join(ARCHITECTURES)}",
        )
    source = _Source(kind, weights)
    shape, arrays = _embeddings(kind, config, source)
    way = ARCHITECTURES[kind]
    for number in sorted(set(shape.layers)):
        arrays |= _layer(way.names, _place(kind, config, number), number, source)
    if not head:
        return Network(shape, arrays)
    for dense, activation, classes in way.heads:
        if source.has(dense) and source.has(classes):
            arrays |= source.dense("head", dense) | source.dense("classes", classes)
            return Network(Shape.read(shape.document() | {"head": activation}), arrays)
    raise SpecError(
        "the model tells no classes apart: it has no classification head",
        todo="choose one whose config.json names a ...ForSequenceClassification, or fine-tune it with transformer.v1",
    )


class _Source:
    """Weights by their plain names: without the model's own prefix, by today's words."""

    def __init__(self, kind: str, weights: Mapping[str, Array]) -> None:
        prefix = {"camembert": "roberta", "xlm-roberta": "roberta"}.get(kind, kind)
        self._weights = {_plain(name, prefix): array for name, array in weights.items()}

    def has(self, name: str) -> bool:
        return f"{name}.weight" in self._weights

    def get(self, name: str) -> Array:
        if name not in self._weights:
            raise SpecError(f"the model's weights lack {name}", todo=ANOTHER)
        found = self._weights[name]
        if found.dtype.kind != "f" or found.ndim != (2 if name.endswith(_FLAT) else found.ndim):
            raise SpecError(f"the model's weights {name} are {found.dtype} of shape {found.shape}", todo=ANOTHER)
        return found

    def dense(self, ours: str, theirs: str) -> dict[str, Array]:
        """Weights turned so that rows are inputs."""
        weights, bias = self.get(f"{theirs}.weight"), self.get(f"{theirs}.bias")
        return {f"{ours}.w": np.ascontiguousarray(weights.T), f"{ours}.b": bias}

    def norm(self, ours: str, theirs: str) -> dict[str, Array]:
        return {f"{ours}.w": self.get(f"{theirs}.weight"), f"{ours}.b": self.get(f"{theirs}.bias")}


def _plain(name: str, prefix: str) -> str:
    name = re.sub(r"LayerNorm\.gamma$", "LayerNorm.weight", re.sub(r"LayerNorm\.beta$", "LayerNorm.bias", name))
    return name.removeprefix(f"{prefix}.")


def _embeddings(kind: str, config: Mapping[str, Any], source: _Source) -> tuple[Shape, dict[str, Array]]:
    places = source.get("embeddings.position_embeddings.weight")
    if ARCHITECTURES[kind].after_padding:
        places = places[whole(config, "pad_token_id", default=0, least=0) + 1 :]
    if source.has("embeddings.token_type_embeddings"):
        first = source.get("embeddings.token_type_embeddings.weight")[0]
        if len(first) != places.shape[1]:
            raise ValueError(f"types of {len(first)} numbers and places of {places.shape[1]}")
        places = places + first
    arrays = {"words": source.get("embeddings.word_embeddings.weight"), "places": np.ascontiguousarray(places)}
    arrays |= source.norm("norm", "embeddings.LayerNorm")
    lift = {"albert": "encoder.embedding_hidden_mapping_in", "electra": "embeddings_project"}.get(kind, "")
    if lift and source.has(lift):
        arrays |= source.dense("lift", lift)
    if kind == "mpnet":
        arrays["distances"] = _by_distance(source.get("encoder.relative_attention_bias.weight"), len(places))
    return _shape(kind, config, len(places), arrays), arrays


def _shape(kind: str, config: Mapping[str, Any], longest: int, arrays: Mapping[str, Array]) -> Shape:
    activation = str(config.get("hidden_act") or config.get("activation") or "gelu")
    if activation not in _ACTIVATIONS:
        raise SpecError(
            f"the activation '{activation[:100]}' cannot be read", todo=f"use one of {', '.join(_ACTIVATIONS)}"
        )
    return Shape(
        heads=whole(config, "num_attention_heads", "n_heads"),
        layers=tuple(_order(kind, config)),
        activation=_ACTIVATIONS[activation],
        epsilon=small(config, "layer_norm_eps", 1e-12),
        longest=longest,
        lifted="lift.w" in arrays,
        relative="distances" in arrays,
    )


def _order(kind: str, config: Mapping[str, Any]) -> Iterator[int]:
    """The weights that each layer uses; ALBERT's 12 layers of one group are 0 twelve times."""
    layers = whole(config, "num_hidden_layers", "n_layers", most=_LAYERS)
    groups, inner = (whole(config, name, default=1, most=_LAYERS) for name in ("num_hidden_groups", "inner_group_num"))
    for number in range(layers):
        if kind == "albert":
            yield from range(number * groups // layers * inner, (number * groups // layers + 1) * inner)
        else:
            yield number


def _place(kind: str, config: Mapping[str, Any], number: int) -> str:
    """What stands for a layer's number in its name."""
    if kind != "albert":
        return str(number)
    inner = whole(config, "inner_group_num", default=1, most=_LAYERS)
    return f"{number // inner}.albert_layers.{number % inner}"


def _layer(names: Mapping[str, str], place: str, number: int, source: _Source) -> dict[str, Array]:
    before = names["layer"].format(place)
    three = [source.dense("", before + names[each]) for each in ("query", "key", "value")]
    arrays = {f"{number}.qkv{end}": np.concatenate([each[end] for each in three], axis=-1) for end in (".w", ".b")}
    for each in ("out", "up", "down"):
        arrays |= source.dense(f"{number}.{each}", before + names[each])
    for each in ("norm1", "norm2"):
        arrays |= source.norm(f"{number}.{each}", before + names[each])
    return arrays


def agree(net: Network) -> None:
    """Raise `ValueError` where an array has not the shape that its neighbours and the settings ask for."""
    sizes: dict[str, int] = {}
    for name, letters in _dimensions(net):
        shape = net.arrays[name].shape
        if len(shape) != len(letters) or any(
            sizes.setdefault(*each) != each[1] for each in zip(letters, shape, strict=True)
        ):
            wanted = [sizes.get(each, each) for each in letters]
            raise ValueError(f"{name} is of shape {list(shape)}, where {wanted} is wanted")
    width, places = sizes["width"], 2 * net.shape.longest - 1
    if width % net.shape.heads or sizes["three"] != 3 * width:
        raise ValueError(f"{net.shape.heads} heads over {width} numbers a token, {sizes['three']} for three")
    if net.shape.relative and (sizes["distances"], sizes["heads"]) != (places, net.shape.heads):
        raise ValueError(f"{sizes['heads']} biases by distance for {net.shape.heads} heads")


def _dimensions(net: Network) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Each array with the names of its sizes; one name is one size."""
    word = "word" if net.shape.lifted else "width"
    yield from (("words", ("words", word)), ("places", ("places", word)), ("norm.w", (word,)), ("norm.b", (word,)))
    dense = {"lift": (word, "width")} if net.shape.lifted else {}
    for number in sorted(set(net.shape.layers)):
        inner = f"inner {number}"
        dense |= {f"{number}.qkv": ("width", "three"), f"{number}.out": ("width", "width")}
        dense |= {f"{number}.up": ("width", inner), f"{number}.down": (inner, "width")}
        yield from ((f"{number}.norm{each}.{end}", ("width",)) for each in (1, 2) for end in "wb")
    if net.shape.head is not None:
        dense |= {"head": ("width", "head"), "classes": ("head", "classes")}
    for name, (inputs, outputs) in dense.items():
        yield from ((f"{name}.w", (inputs, outputs)), (f"{name}.b", (outputs,)))
    if net.shape.relative:
        yield "distances", ("distances", "heads")


def _by_distance(buckets: Array, longest: int) -> Array:
    """(2 * longest - 1, heads) the bias of a key so many tokens before or behind: row longest - 1 is that of none.

    Raffel et al. 2020, "Exploring the Limits of Transfer Learning", section 2.1: one side's half of the buckets is
    exact up to a quarter of all, then logarithmic up to 128 tokens.
    """
    if len(buckets) < 4:
        raise ValueError(f"{len(buckets)} buckets of distances")
    sides, far = len(buckets) // 2, 128
    exact = sides // 2
    ahead = np.arange(-(longest - 1), longest)
    away = np.abs(ahead)
    logs = np.log(np.maximum(away, 1) / exact) / np.log(far / exact) * (sides - exact)
    within = np.where(away < exact, away, np.minimum(exact + logs.astype(np.int64), sides - 1))
    return np.asarray(buckets[within + np.where(ahead > 0, sides, 0)], dtype=np.float32)
