"""The code's own measures, in the terms in which it is compared with other projects.

    python -m bench.house

Counted with ``ast`` and ``tokenize`` on src/; of tests/ only the lines.  A function's lines are all from its ``def`` to
its end.  Public is a module, class, function or method without an underscore at the front of any name on its way;
an overriding dunder method is not.  A comment line holds a comment; a line of code is neither blank nor docstring.
An array-dense file names NumPy ten times or more, and as often as every fourth line of its code.  Imports for type
checkers only (``if TYPE_CHECKING``) make no cycle; those inside functions do.  What is known of a metric or a kind
stands in its own file, so there are next to no tables keyed by them: the metrics' catalogue, each family's encoders.
"""

from __future__ import annotations

import ast
import io
import statistics
import tokenize
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from ratchet.kinds.kind import Kind
from ratchet.metrics.catalogue import METRICS

ROOT = Path(__file__).parents[1]
MOST_LINES = 320
"""The most lines of a file."""
MOST_FUNCTION_LINES = 20
"""The most lines of nine functions in ten."""
_LEAST = 10
_DENSE = 1 / 4

METRIC_NAMES = {repr(name) for name in METRICS}
KIND_NAMES = {f"Kind.{kind.name}" for kind in Kind}

Function = ast.FunctionDef | ast.AsyncFunctionDef
Documented = Function | ast.ClassDef | ast.Module
Graph = Mapping[str, set[str]]


@dataclass(frozen=True)
class File:
    """One source file: the name it is imported by, and its text."""

    name: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        """Its syntax tree."""
        return ast.parse(self.text)

    @cached_property
    def nodes(self) -> list[ast.AST]:
        """Every node of the tree."""
        return list(ast.walk(self.tree))

    @cached_property
    def lines(self) -> int:
        """How many lines it has."""
        return len(self.text.splitlines())

    @cached_property
    def comments(self) -> int:
        """How many lines hold a comment."""
        tokens = tokenize.generate_tokens(io.StringIO(self.text).readline)
        return sum(each.type == tokenize.COMMENT for each in tokens)

    @cached_property
    def code(self) -> int:
        """How many lines are neither blank nor docstring."""
        told = {
            line
            for each in self.nodes
            if isinstance(each, ast.Expr) and isinstance(each.value, ast.Constant) and isinstance(each.value.value, str)
            for line in range(each.lineno, (each.end_lineno or each.lineno) + 1)
        }
        return sum(bool(line.strip()) and at not in told for at, line in enumerate(self.text.splitlines(), 1))

    @cached_property
    def functions(self) -> list[Function]:
        """Every function and method."""
        return [each for each in self.nodes if isinstance(each, Function)]

    @cached_property
    def is_dense(self) -> bool:
        """Whether arrays are what it is about."""
        uses = sum(isinstance(each, ast.Name) and each.id == "np" for each in self.nodes)
        return uses >= max(_LEAST, _DENSE * self.code)

    @cached_property
    def public(self) -> list[Documented]:
        """The module, and every class, function and method that anyone may use."""
        if any(part.startswith("_") for part in self.name.split(".")):
            return []
        return [self.tree, *_public(self.tree)]

    @cached_property
    def array_types(self) -> list[str]:
        """The array types it defines by assignment."""
        return [
            each.targets[0].id
            for each in self.tree.body
            if isinstance(each, ast.Assign)
            and isinstance(each.targets[0], ast.Name)
            and ast.unparse(each.value).startswith(("npt.NDArray[", "np.ndarray["))
        ]


def files(source: Path) -> list[File]:
    """The files of a package, by name; ``source`` is the folder that holds the package."""
    paths = sorted(source.rglob("*.py"))
    return [File(_module(path.relative_to(source)), path.read_text(encoding="utf-8")) for path in paths]


def imports(house: Sequence[File]) -> dict[str, set[str]]:
    """Which files of the house each file imports."""
    names = {each.name for each in house}
    return {each.name: {name for name in _imported(each.tree) & names if name != each.name} for each in house}


def between_rooms(graph: Graph) -> dict[str, set[str]]:
    """The same between rooms: the packages, and the files beside them."""
    rooms: dict[str, set[str]] = defaultdict(set)
    for name, needed in graph.items():
        rooms[_room(name)] |= {_room(each) for each in needed} - {_room(name)}
    return rooms


def cycles(graph: Graph) -> list[list[str]]:
    """The groups in which everyone needs everyone, each sorted; none in a good house.

    >>> cycles({"a": {"b"}, "b": {"a"}, "c": {"a"}})
    [['a', 'b']]
    """
    reached = {name: _reached(graph, name) for name in graph}
    groups = {
        tuple(sorted({name} | {each for each in reached[name] if name in reached.get(each, ())}))
        for name in graph
        if name in reached[name]
    }
    return [list(group) for group in sorted(groups)]


def untyped(house: Sequence[File]) -> list[str]:
    """The functions that do not say what they return."""
    return [f"{file.name}:{each.lineno}" for file in house for each in file.functions if each.returns is None]


def long_files(house: Sequence[File]) -> list[str]:
    """The files over the limit, with their lines."""
    return [f"{each.name} ({each.lines})" for each in house if each.lines > MOST_LINES]


def function_lines(house: Sequence[File]) -> list[int]:
    """The lines of every function, the shortest first."""
    return sorted((each.end_lineno or each.lineno) - each.lineno + 1 for file in house for each in file.functions)


def share_within(lengths: Sequence[int], most: int) -> float:
    """The share of functions of at most so many lines."""
    return sum(each <= most for each in lengths) / len(lengths)


def types_defined_twice(house: Sequence[File]) -> list[str]:
    """The array types (``Ints``, ``Floats64`` ...) that more than one file defines."""
    where: dict[str, list[str]] = defaultdict(list)
    for file in house:
        for name in file.array_types:
            where[name].append(file.name)
    return [f"{name} in {', '.join(places)}" for name, places in sorted(where.items()) if len(places) > 1]


def tables_keyed_by(names: Collection[str], house: Sequence[File]) -> list[str]:
    """The dict displays with two or more keys, all of these names: facts that should stand with the things themselves.

    >>> tables_keyed_by({"'f1'", "'auc'"}, [File("a", "x = {'f1': 1, 'auc': 2}"), File("b", "x = {'f1': 1, 'c': 2}")])
    ['a:1']
    """
    return [
        f"{file.name}:{each.lineno}"
        for file in house
        for each in file.nodes
        if isinstance(each, ast.Dict)
        and len(each.keys) > 1
        and all(key is not None and ast.unparse(key) in names for key in each.keys)
    ]


def comments_where_dense(house: Sequence[File]) -> float:
    """Comment lines for each hundred lines of code in the files that are about arrays."""
    dense = [each for each in house if each.is_dense]
    return 100 * sum(each.comments for each in dense) / max(1, sum(each.code for each in dense))


def table(house: Sequence[File], tests: Sequence[File]) -> str:
    """Every measure as a Markdown table."""
    lengths = function_lines(house)
    graph = imports(house)
    code, public = sum(each.code for each in house), [node for each in house for node in each.public]
    bare = sum(ast.get_docstring(each) is None for each in public)
    test_lines = sum(each.lines for each in tests) / sum(each.lines for each in house)
    rows = {
        "files": f"{len(house)}",
        "lines a file: median / p90 / max": _spread([each.lines for each in house]),
        f"files over {MOST_LINES} lines": f"{len(long_files(house))}",
        "function length: median / p90 / max": _spread(lengths),
        "functions within 20 / 25 lines": f"{share_within(lengths, 20):.1%} / {share_within(lengths, 25):.1%}",
        "typed returns": f"{1 - len(untyped(house)) / len(lengths):.1%}",
        "public names without docstring": f"{bare / len(public):.1%}",
        "comment lines per 100 of code": f"{100 * sum(each.comments for each in house) / code:.1f}",
        "the same in array-dense files": f"{comments_where_dense(house):.1f}",
        "array-dense files": f"{sum(each.is_dense for each in house)}",
        "test lines per source line": f"{test_lines:.2f}",
        "import cycles among files / rooms": f"{len(cycles(graph))} / {len(cycles(between_rooms(graph)))}",
        "array types defined twice": f"{len(types_defined_twice(house))}",
        "tables keyed by metric / by kind": f"{len(tables_keyed_by(METRIC_NAMES, house))} / "
        f"{len(tables_keyed_by(KIND_NAMES, house))}",
    }
    return "\n".join(["| | measured |", "|---|---:|", *(f"| {what} | {value} |" for what, value in rows.items())])


def _module(path: Path) -> str:
    parts = path.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _room(name: str) -> str:
    return ".".join(name.split(".")[:2])


def _public(tree: ast.Module | ast.ClassDef) -> Iterator[Documented]:
    for node in tree.body:
        if isinstance(node, Function | ast.ClassDef) and not node.name.startswith("_"):
            yield node
            if isinstance(node, ast.ClassDef):
                yield from _public(node)


def _imported(tree: ast.AST) -> set[str]:
    """Every name that may be a module of what is imported at run time: ``from a import b`` may mean a or a.b."""
    found: set[str] = set()
    for node in _at_run_time(tree):
        if isinstance(node, ast.Import):
            found |= {each.name for each in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{each.name}" for each in node.names)}
    return found


def _at_run_time(tree: ast.AST) -> Iterator[ast.AST]:
    for node in ast.iter_child_nodes(tree):
        if not (isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"):
            yield node
            yield from _at_run_time(node)


def _reached(graph: Graph, start: str) -> set[str]:
    seen: set[str] = set()
    waiting = list(graph[start])
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            waiting += graph.get(name, ())
    return seen


def _spread(values: Iterable[int]) -> str:
    inorder = sorted(values)
    return f"{statistics.median(inorder):.0f} / {inorder[int(0.9 * len(inorder))]} / {inorder[-1]}"


if __name__ == "__main__":
    print(table(files(ROOT / "src"), files(ROOT / "tests")))
