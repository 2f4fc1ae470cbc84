"""A graph on its way: nodes and constants, each named by what it comes to."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

OPSET, ML_OPSET, IR = 18, 3, 9
"""What ONNX Runtime 1.16 and newer reads."""
FLOAT, INT64, STRING, DOUBLE = 1, 7, 8, 11
"""Types of tensors, as ONNX numbers them."""


def free(name: str, taken: Collection[str]) -> str:
    """A name like this one that is not taken.

    >>> free("label", {"label", "age"}), free("label", {"age"})
    ('label_', 'label')
    """
    while name in taken:
        name += "_"
    return name


class Graph:
    """Collects nodes; a value is known by its name.  Numbers are doubles but where an encoder rounds to float32.

    ``taken`` are names that no value may have, such as those of columns, which become inputs.
    """

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self._taken = frozenset(taken)
        self.inputs: list[Any] = []
        self.nodes: list[Any] = []
        self.constants: list[Any] = []
        self.bytes = 0
        """What the numbers among the constants take."""

    def input(self, name: str, kind: int) -> str:
        """An input (rows,)."""
        from onnx import helper

        self.inputs.append(helper.make_tensor_value_info(name, kind, ["rows"]))
        return name

    def constant(self, values: npt.ArrayLike) -> str:
        """An array, or a number, known when the graph is made; arrays of texts are strings."""
        from onnx import helper, numpy_helper

        name, array = free(f"constant_{len(self.constants)}", self._taken), np.asarray(values)
        if array.dtype.kind in "UO":
            texts: Any = [str(each).encode() for each in array.ravel()]
            self.constants.append(helper.make_tensor(name, STRING, array.shape, texts))
        else:
            self.bytes += array.nbytes
            self.constants.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name

    def node(self, operator: str, *inputs: str, domain: str = "", output: str = "", **attributes: Any) -> str:
        """The one output of an operator."""
        from onnx import helper

        name = output or free(f"{operator.lower()}_{len(self.nodes)}", self._taken)
        self.nodes.append(helper.make_node(operator, [*inputs], [name], domain=domain, **attributes))
        return name

    def cast(self, value: str, kind: int) -> str:
        """A value as another type."""
        return self.node("Cast", value, to=kind)

    def column(self, value: str) -> str:
        """(rows,) as (rows, 1)."""
        return self.node("Unsqueeze", value, self.constant(np.array([1])))

    def beside(self, values: list[str]) -> str:
        """Several (rows, n) side by side."""
        return values[0] if len(values) == 1 else self.node("Concat", *values, axis=1)

    def within(self, value: str, low: Any, high: Any) -> str:
        """A value held between two; arrays are broadcast."""
        return self.node("Min", self.node("Max", value, self.constant(low)), self.constant(high))

    def finite(self, value: str) -> str:
        """A value, NaN where it is infinite: so is what a version is asked."""
        return self.node("Where", self.node("IsInf", value), self.constant(np.nan), value)

    def filled(self, value: str, by: float) -> str:
        """A value with a number where it is NaN."""
        return self.node("Where", self.node("IsNaN", value), self.constant(by), value)

    def affine(self, rows: str, weights: npt.NDArray[Any], bias: npt.NDArray[Any]) -> str:
        """(rows, n) times (n, m) weights, and (m,) a bias, in doubles."""
        product = self.node("MatMul", rows, self.constant(weights.astype(np.float64)))
        return self.node("Add", product, self.constant(bias.astype(np.float64)))

    def model(self, outputs: dict[str, tuple[int, list[Any]]], producer: str) -> Any:
        """The whole, with outputs by name: their types and shapes."""
        from onnx import checker, helper

        told = [helper.make_tensor_value_info(name, kind, shape) for name, (kind, shape) in outputs.items()]
        made = helper.make_model(
            helper.make_graph(self.nodes, "pipeline", self.inputs, told, self.constants),
            opset_imports=[helper.make_opsetid("", OPSET), helper.make_opsetid("ai.onnx.ml", ML_OPSET)],
            producer_name=producer,
            ir_version=IR,
        )
        checker.check_model(made)
        return made
