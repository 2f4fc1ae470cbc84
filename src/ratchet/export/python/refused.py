"""Which versions cannot become a package of NumPy alone, in words."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from ratchet.errors import RefusedError
from ratchet.export.python.carried import Judge
from ratchet.export.python.sources import Module, Name, module, spoken_of
from ratchet.features.prepared import Preparations

_TABLES = (
    "ratchet.models.opening",
    "ratchet.models.catalogue",
    "ratchet.models.calibrated",
    "ratchet.features.catalogue",
)
"""The modules with the tables that say what opens a name."""
_ANSWERS = ("predict", "transform", "apply", "from_state", "open")
"""The methods that a model, an encoder, a calibration or a pipeline answers by."""


def refuse(family: str, judge: Judge) -> None:
    """Raise `RefusedError` where what opens one of the judge's names is not ours, or needs more than NumPy."""
    opens = dict(_opening())
    for name in sorted(judge.wanted):
        if name not in opens:
            raise RefusedError(
                f"{family} cannot become a package of NumPy alone: '{name}' comes from another package",
                todo="export it --to mlflow or sklearn, and install that package beside it",
            )
        library = _needs(opens[name], judge)
        if library:
            raise RefusedError(
                f"{family} cannot become a package of NumPy alone: '{name}' answers with {library}",
                todo="export it --to mlflow or sklearn, or train a family that answers with NumPy, such as linear.v1",
            )


def refuse_lemmas(family: str, prepared: Iterable[Preparations]) -> None:
    """Raise `RefusedError` where a text is put into its base forms: the dictionaries of these are another package's."""
    for texts in prepared:
        for column, way in texts.items():
            if way.get("lemmas"):
                raise RefusedError(
                    f"{family} cannot become a package of NumPy alone: the base forms (lemmas) of the text '{column}' "
                    "are looked up by simplemma",
                    todo="export it --to mlflow or sklearn, or train without `lemmas`",
                )


def _opening() -> Iterator[tuple[str, Name]]:
    """Versioned name -> the class that opens it."""
    for home in map(module, _TABLES):
        for statement in home.tree.body:
            value = statement.value if isinstance(statement, ast.Assign | ast.AnnAssign) else None
            if isinstance(value, ast.Dict):
                yield from _entries(value, home)


def _entries(table: ast.Dict, home: Module) -> Iterator[tuple[str, Name]]:
    for key, made in zip(table.keys, table.values, strict=True):
        if isinstance(key, ast.Constant) and isinstance(made, ast.Name):
            found = home.found(made.id)
            name = found if isinstance(found, Name) or found is None else found.ours
            if name is not None:
                yield str(key.value), name


def _needs(name: Name, judge: Judge) -> str:
    """The library that a class answers with; empty where it answers with NumPy."""
    library = judge.hindrance(name)
    if library or not isinstance(module(name.module).defined.get(name.name), ast.ClassDef):
        return library
    methods, behind = dict[str, ast.FunctionDef](), dict[str, str]()
    for home, made in reversed([*_classes(name, judge)]):  # its own methods come before those of its parts
        methods |= {each.name: each for each in made.body if isinstance(each, ast.FunctionDef)}
        behind |= {each.name: why for each, why in judge.behind(home, made) if isinstance(each, ast.FunctionDef)}
    waiting, seen = [*_ANSWERS], set[str]()
    while waiting:  # from the methods that answer to those that they call
        verb = waiting.pop()
        if verb in behind:
            return behind[verb]
        if verb in methods and verb not in seen:
            waiting += [each.attr for each in ast.walk(methods[verb]) if isinstance(each, ast.Attribute)]
        seen.add(verb)
    return ""


def _classes(name: Name, judge: Judge) -> Iterator[tuple[Module, ast.ClassDef]]:
    """A class, and those that it speaks of in what is carried: it may answer by them."""
    home = module(name.module)
    made = home.defined[name.name]
    assert isinstance(made, ast.ClassDef)
    yield home, made
    for each in judge.members(home, made):
        for what in spoken_of(each, home):
            other = what if isinstance(what, Name) else what.ours
            if other is None or not other.name or other == name:
                continue
            part = module(other.module).defined.get(other.name)
            if isinstance(part, ast.ClassDef):
                yield module(other.module), part
