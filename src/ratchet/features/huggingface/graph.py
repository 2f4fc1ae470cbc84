"""A network as an ONNX graph of a few kilobytes; its arrays stay outside and are handed to the session.

Built of the standard operators only, so nothing of PyTorch is needed, neither to build it nor to answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np

from ratchet.arrays import Array
from ratchet.features.huggingface.network import Network, Shape

Pooling = Literal["mean", "cls", "max", "mean_sqrt_len"]
_OPSET, _IR = 20, 10
_INSIDE = 1024
"""Arrays of fewer bytes lie in the graph."""
_MASKED = 1e9


def build(network: Network, *, pooling: Pooling | None = None) -> bytes:
    """The graph: ``ids`` and ``mask`` (rows, tokens) int64 to ``out`` (rows, outputs): pooled tokens, or
    the scores of classes.

    Arrays that `outside` names have to be given to the session.
    """
    from onnx import helper

    made = _Graph(network)
    hidden = _encoder(made)
    made.rename(_pooled(made, hidden, pooling) if pooling else _classes(made, hidden), "out")
    whole, rows = helper.make_tensor_value_info, ["rows", "tokens"]
    graph = helper.make_graph(
        made.nodes,
        "network",
        [whole("ids", _INT64, rows), whole("mask", _INT64, rows)],
        [whole("out", _FLOAT, ["rows", "outputs"])],
        made.initializers(),
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", _OPSET)], ir_version=_IR)
    return bytes(model.SerializeToString())


def outside(arrays: Mapping[str, Array]) -> dict[str, Array]:
    """The arrays that do not lie in the graph."""
    return {name: array for name, array in arrays.items() if array.nbytes >= _INSIDE}


_FLOAT, _UINT8, _INT64 = 1, 2, 7
"""ONNX's numbers of types (onnx.proto3, TensorProto.DataType)."""


class _Graph:
    """Nodes as they are added, each with one output."""

    def __init__(self, network: Network) -> None:
        self.shape: Shape = network.shape
        self.arrays = dict(network.arrays)
        self.nodes: list[Any] = []
        self._flat: dict[str, str] = {}

    def add(self, operator: str, *inputs: str, **attributes: Any) -> str:
        """A node; the name of its output."""
        from onnx import helper

        output = f"_{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, list(inputs), [output], **attributes))
        return output

    def rename(self, last: str, name: str) -> None:
        """Call the output of the last node so."""
        assert self.nodes[-1].output[0] == last
        self.nodes[-1].output[0] = name

    def constant(self, value: Any, kind: str = "int64") -> str:
        """A small constant, by name."""
        array = np.array(value, dtype=kind)
        name = f"{kind}:{array.tolist()}"
        self.arrays[name] = array
        return name

    def dense(self, x: str, name: str) -> str:
        """X times weights, plus a bias; by whole numbers where the weights are."""
        if f"{name}.s" not in self.arrays:
            return self.add("Add", self.add("MatMul", x, f"{name}.w"), f"{name}.b")
        return self._whole_numbers(x, name)

    def _whole_numbers(self, x: str, name: str) -> str:
        # Each token's row is scaled by its own largest value, so what stands beside it changes nothing: a row of
        # [0.5, -2.0] has scale 2 / 127 and becomes [32, -127], and 128 more as unsigned bytes.  Sums of products of
        # whole numbers are exact in any order; rows' and columns' scales are multiplied in afterwards.
        inputs, outputs = self.arrays[f"{name}.w"].shape
        if x not in self._flat:
            self._flat[x] = self.add("Reshape", x, self.constant([-1, inputs]))
        flat = self._flat[x]
        largest = self.add("ReduceMax", self.add("Abs", flat), self.constant([-1]), keepdims=0)
        scale = self.add("Mul", self.add("Max", largest, self.constant(1e-9, "float32")), self._share)
        middle = self.add("Expand", self.constant([128], "uint8"), self.add("Shape", scale))
        bytes_ = self.add("QuantizeLinear", flat, scale, middle, axis=0)
        sums = self.add("MatMulInteger", bytes_, f"{name}.w", self.constant(128, "uint8"))
        scaled = self.add("Mul", self.add("DequantizeLinear", sums, scale, axis=0), f"{name}.s")
        rows = self.add("Concat", self.add("Shape", x, end=-1), self.constant([outputs]), axis=0)
        return self.add("Reshape", self.add("Add", scaled, f"{name}.b"), rows)

    @property
    def _share(self) -> str:
        return self.constant(1 / 127, "float32")

    def norm(self, x: str, name: str) -> str:
        return self.add("LayerNormalization", x, f"{name}.w", f"{name}.b", axis=-1, epsilon=self.shape.epsilon)

    def activated(self, x: str, activation: str) -> str:
        if activation.startswith("gelu"):
            return self.add("Gelu", x, approximate="tanh" if activation == "gelu_tanh" else "none")
        return self.add({"relu": "Relu", "tanh": "Tanh"}[activation], x)

    def initializers(self) -> list[Any]:
        """Every array that a node reads: small ones as they are, others by name, type and shape."""
        from onnx import TensorProto, helper, numpy_helper

        used = {name for node in self.nodes for name in node.input}
        made = []
        for name, array in self.arrays.items():
            if name in used and array.nbytes < _INSIDE:
                made.append(numpy_helper.from_array(array, name))
            elif name in used:
                kind = helper.np_dtype_to_tensor_dtype(array.dtype)
                tensor = TensorProto(name=name, dims=array.shape, data_type=kind, data_location=TensorProto.EXTERNAL)
                tensor.external_data.add(key="location", value="outside")
                made.append(tensor)
        return made


def _encoder(made: _Graph) -> str:
    """(rows, tokens, hidden) what the last layer says of each token."""
    tokens = made.add("Shape", "ids", start=1, end=2)
    words = made.add("Cast", made.add("Gather", "words", "ids"), to=_FLOAT)
    places = made.add("Slice", "places", made.constant([0]), tokens, made.constant([0]))
    x = made.norm(made.add("Add", words, places), "norm")
    if made.shape.lifted:
        x = made.dense(x, "lift")
    bias = _bias(made, tokens)
    for number in made.shape.layers:
        x = made.norm(made.add("Add", x, _attention(made, x, bias, number)), f"{number}.norm1")
        inner = made.activated(made.dense(x, f"{number}.up"), made.shape.activation)
        x = made.norm(made.add("Add", x, made.dense(inner, f"{number}.down")), f"{number}.norm2")
    return x


def _bias(made: _Graph, tokens: str) -> str:
    """What is added to the scores of a token's neighbours: much below zero for padding, and what distances say."""
    kept = made.add("Sub", made.add("Cast", "mask", to=_FLOAT), made.constant(1.0, "float32"))
    padding = made.add("Mul", kept, made.constant(_MASKED, "float32"))
    bias = made.add("Unsqueeze", padding, made.constant([1, 2]))
    if not made.shape.relative:
        return bias
    # Of 3 tokens the keys' places less the queries' are [[0, 1, 2], [-1, 0, 1], [-2, -1, 0]].
    places = made.add("Range", made.constant(0), made.add("Squeeze", tokens), made.constant(1))
    across, down = (made.add("Unsqueeze", places, made.constant([axis])) for axis in (0, 1))
    ahead = made.add("Add", made.add("Sub", across, down), made.constant(made.shape.longest - 1))
    distances = made.add("Transpose", made.add("Gather", "distances", ahead), perm=[2, 0, 1])
    return made.add("Add", bias, distances)


def _attention(made: _Graph, x: str, bias: str, number: int) -> str:
    """Vaswani et al. 2017, section 3.2; heads side by side."""
    width = len(made.arrays[f"{number}.out.w"])
    heads, size = made.shape.heads, width // made.shape.heads
    three = made.add("Reshape", made.dense(x, f"{number}.qkv"), made.constant([0, 0, 3, heads, size]))
    turned = made.add("Transpose", three, perm=[2, 0, 3, 1, 4])
    query, key, value = (made.add("Gather", turned, made.constant(each), axis=0) for each in range(3))
    scaled = made.add("Mul", query, made.constant(size**-0.5, "float32"))
    scores = made.add("MatMul", scaled, made.add("Transpose", key, perm=[0, 1, 3, 2]))
    shares = made.add("Softmax", made.add("Add", scores, bias), axis=-1)
    mixed = made.add("Transpose", made.add("MatMul", shares, value), perm=[0, 2, 1, 3])
    return made.dense(made.add("Reshape", mixed, made.constant([0, 0, width])), f"{number}.out")


def _pooled(made: _Graph, hidden: str, pooling: Pooling) -> str:
    """(rows, hidden) of each text."""
    if pooling == "cls":
        return made.add("Gather", hidden, made.constant(0), axis=1)
    mask = made.add("Unsqueeze", made.add("Cast", "mask", to=_FLOAT), made.constant([2]))
    if pooling == "max":
        below = made.add("Mul", made.add("Sub", mask, made.constant(1.0, "float32")), made.constant(_MASKED, "float32"))
        return made.add("ReduceMax", made.add("Add", hidden, below), made.constant([1]), keepdims=0)
    # A product of matrices adds up in one order for one row and for many; ReduceSum does not.
    across = made.add("Transpose", mask, perm=[0, 2, 1])
    total = made.add("Squeeze", made.add("MatMul", across, hidden), made.constant([1]))
    count = made.add("Squeeze", made.add("MatMul", across, mask), made.constant([1]))
    return made.add("Div", total, made.add("Sqrt", count) if pooling == "mean_sqrt_len" else count)


def _classes(made: _Graph, hidden: str) -> str:
    """(rows, classes) scores, from what the last layer says of the first token."""
    first = made.add("Gather", hidden, made.constant(0), axis=1)
    inner = made.activated(made.dense(first, "head"), made.shape.head or "tanh")
    return made.dense(inner, "classes")
