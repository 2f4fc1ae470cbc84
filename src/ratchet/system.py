"""The composition root: folders of specs and settings in, named classifiers over shared resources out."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Any, Self

from ratchet import atomic
from ratchet.access.access import Access
from ratchet.arguments import as_path, as_switch
from ratchet.classifier import Classifier, Health
from ratchet.data.label import no_label
from ratchet.data.readers.source import Source, readable
from ratchet.drafting.draft import Draft, draft, slug
from ratchet.errors import NotFoundError, RatchetError, SpecError, UnavailableError, WorkspaceError, of_path
from ratchet.resources import Pool
from ratchet.settings import Settings
from ratchet.spec import FILE, Spec, load
from ratchet.spec.places import is_there, once, spec_at, specs_in

_log = logging.getLogger("ratchet.system")


def init(
    source: Source, label: str | None, *, root: Path | str = ".", name: str | None = None, force: bool = False
) -> Draft:
    """Look at a table (a path, a frame, a list of dicts) and write ``ratchet.toml``, every line explained.

    The classifier is called ``name``; else like the file or table, and where rows come from no file, like the folder.
    Raises `DataError` where the table cannot be learned from or no label is given (it names the columns),
    `WorkspaceError` where the file is there already, `PathError` where it cannot be written.
    """
    path = as_path(root, "the folder") / FILE
    if not as_switch(force, "force") and is_there(path):
        raise WorkspaceError(f"{path} is there already", todo="edit it, or replace it: --force, or force=True")
    table = readable(source)
    if label is None:
        raise no_label(table)
    made = draft(table, label, name or (None if isinstance(table, str) else slug(path.resolve().parent.name)))
    try:
        atomic.write(path, made.toml.encode())
    except OSError as error:
        raise of_path(error, path) from None
    return made


def open(root: Path | str | None = None, **settings: Any) -> Classifier:
    """The classifier whose ``ratchet.toml`` lies in ``root``; close it, or use it as a context manager.

    ``root`` may also be a spec file of another name.  ``settings`` are those of `ratchet.settings.Settings`; the
    environment gives the rest, ``root`` included (``RATCHET_ROOT``, else here).
    """
    path = as_path(root, "what to open") if root is not None else Settings(**settings).root
    pool = Pool()
    try:
        file = spec_at(path)
        return _classifier(file, load(file), pool, settings, alone=True)
    except BaseException:
        pool.close()
        raise


def names_near(root: Path) -> list[str]:
    """The classifiers of a folder (or a spec file) and of those beside it, as one server may serve them together.

    A spec that cannot be read has no name.
    """
    names = list[str]()
    for path in once([spec_at(root), *specs_in(root.resolve().parent)]):
        with suppress(RatchetError):
            names.append(load(path).name)
    return names


@dataclass(frozen=True, kw_only=True, slots=True)
class BadSpec:
    """A spec whose classifier could not be opened: where it lies, and why in words."""

    where: str
    problem: str
    todo: str

    def __str__(self) -> str:
        return f"{self.where}: {self.problem}"


@dataclass(frozen=True, kw_only=True, slots=True)
class SystemHealth:
    """How a system is: ``ready`` while any of its classifiers answers."""

    live: bool = True
    ready: bool
    version: str | None
    """The version of the default classifier that answers."""
    problems: tuple[str, ...]
    """A sentence for each thing that is wrong, bad specs included; it begins with the name where there are several."""
    classifiers: Mapping[str, Health]


@dataclass(frozen=True, kw_only=True, slots=True)
class Listed:
    """A classifier in a line."""

    name: str
    champion: str | None
    """The version that answers."""
    ready: bool
    problems: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class SystemInfo:
    """Which classifiers there are."""

    default: str | None
    """The one that is meant where none is named."""
    classifiers: tuple[Listed, ...]
    bad: tuple[BadSpec, ...]
    """Specs that could not be opened."""


class System:
    """The classifiers of one process.

    Each has the settings and the workspace of its own folder; what their settings have in common is opened once.  A
    spec that cannot be opened, whatever the reason, stops none of the others: it is listed in ``bad``.  Of several
    specs of one name none is opened, since one would answer in the place of another.
    """

    def __init__(
        self,
        classifiers: Sequence[Classifier],
        *,
        bad: Sequence[BadSpec] = (),
        default: str | None = None,
        close_also: Callable[[], None] | None = None,
    ) -> None:
        """``default`` names the classifier meant where none is named; where there is but one spec, it is that.

        Raises `NotFoundError` where no classifier has that name, nor could have it.
        """
        self.classifiers: Mapping[str, Classifier] = MappingProxyType({each.name: each for each in classifiers})
        self.bad = tuple(bad)
        self.again: Callable[[], System] | None = None
        """Opens the same system in another process; None where this one was put together of classifiers."""
        self._close_also = close_also
        self._default = default
        if len(classifiers) == 1 and not bad:
            self._default = default or classifiers[0].name
        if default is not None and not bad:
            self.get(default)

    @classmethod
    def open(cls, *places: Path | str, default: str | None = None, **settings: Any) -> Self:
        """The classifiers of several places: each a folder with a ``ratchet.toml``, a folder of such folders, or one of
        spec files (``*.toml``), whose classifiers share the workspace beside them.

        ``settings`` hold for all of them.  Raises what is wrong where no classifier can be opened.
        """
        pool, good, wrong = Pool(), dict[str, Classifier](), dict[Path, RatchetError]()
        try:
            specs = dict[Path, Spec]()
            for path in once(
                each
                for place in places or (Settings(**settings).root,)
                for each in specs_in(as_path(place, "what to open"))
            ):
                with _kept(wrong, path):
                    specs[path] = load(path)
            for path, spec in specs.items():
                with _kept(wrong, path):
                    _refuse_namesakes(path, specs)
                    good[spec.name] = _classifier(path, spec, pool, settings)
            if not good:
                raise _nothing_opened(wrong)
            bad = [_bad(path, error) for path, error in wrong.items()]
            system = cls(list(good.values()), bad=bad, default=default, close_also=pool.close)
            system.again = partial(cls.open, *places, default=default, **settings)
            return system
        except BaseException:
            for each in good.values():
                each.close()
            pool.close()
            raise

    @property
    def access(self) -> Access:
        """The keys of the first classifier's workspace: they open all of them, or those that a key names."""
        return next(iter(self.classifiers.values())).access

    @property
    def settings(self) -> Settings:
        """The settings of the first classifier's folder."""
        return next(iter(self.classifiers.values())).settings

    @property
    def default(self) -> str | None:
        """The classifier that is meant where none is named; None where somebody has to say."""
        return self._default if self._default in self.classifiers else None

    def get(self, name: str | None = None) -> Classifier:
        """The classifier of a name, or the default one.

        Raises `NotFoundError` that lists the names there are, `UnavailableError` where the default one is not open.
        """
        chosen, names = name or self._default, ", ".join(self.classifiers)
        if chosen is None:
            raise NotFoundError("there is no default classifier here", todo=f"ask /v1/NAME/... for one of {names}")
        if chosen in self.classifiers:
            return self.classifiers[chosen]
        if name is None:
            raise UnavailableError(f"the default classifier {chosen} is not open", todo="see problems in GET health")
        raise NotFoundError(f"there is no classifier {chosen}", todo=f"ask for one of {names}")

    def info(self) -> SystemInfo:
        """Which classifiers there are, and how each is."""
        listed = [
            Listed(name=name, champion=each.version, ready=each.ready, problems=each.problems)
            for name, each in self._healths().items()
        ]
        return SystemInfo(default=self.default, classifiers=tuple(listed), bad=self.bad)

    def health(self) -> SystemHealth:
        """Whether anything answers, and a sentence for each thing that is wrong anywhere."""
        found = self._healths()
        alone = len(found) == 1
        problems = [text if alone else f"{name}: {text}" for name, each in found.items() for text in each.problems]
        return SystemHealth(
            ready=any(each.ready for each in found.values()),
            version=found[self.default].version if self.default else None,
            problems=(*problems, *map(str, self.bad)),
            classifiers=found,
        )

    def _healths(self) -> dict[str, Health]:
        return {name: each.health() for name, each in self.classifiers.items()}

    def close(self) -> None:
        """Close every classifier, all at once, and then what they stand on.

        Raises `UnavailableError`, after all is closed, where answers were given that could not be saved.
        """
        lost = list[UnavailableError]()

        def close(each: Classifier) -> None:
            try:
                each.close()
            except UnavailableError as error:
                lost.append(error)

        try:
            if self.classifiers:  # one that waits for its database does not add to the wait of the next
                with ThreadPoolExecutor(len(self.classifiers)) as threads:
                    list(threads.map(close, self.classifiers.values()))
        finally:
            if self._close_also is not None:
                self._close_also()
        if lost:
            raise UnavailableError("; ".join(each.problem for each in lost), todo=lost[0].todo)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


@contextmanager
def _kept(wrong: dict[Path, RatchetError], path: Path) -> Iterator[None]:
    """Keep what is wrong with the spec at ``path``, so that the next one can be opened; a mistake of ours is logged."""
    try:
        yield
    except RatchetError as error:
        wrong[path] = error
    except Exception as error:
        _log.exception("%s cannot be opened", path)
        reason = f"it cannot be opened: {type(error).__name__}: {error}"
        wrong[path] = RatchetError(reason, todo="see the log; `ratchet doctor` in that folder may say more")


def _refuse_namesakes(path: Path, specs: Mapping[Path, Spec]) -> None:
    name = specs[path].name
    others = [str(each) for each, spec in specs.items() if spec.name == name and each != path]
    if others:
        raise SpecError(
            f"'{name}' is the name of {' and of '.join(others)} too, so none of them is served: one would answer in "
            "another's place",
            todo=f"give each of them a name of its own, or leave out all but one '{name}'",
        )


def _classifier(path: Path, spec: Spec, pool: Pool, settings: Mapping[str, Any], *, alone: bool = False) -> Classifier:
    resources = pool.resources(Settings(**{**settings, "root": path.parent}), spec.privacy.encrypt)
    return Classifier(spec, resources, close_also=pool.close if alone else None)


def _bad(path: Path, error: RatchetError) -> BadSpec:
    todo = error.todo
    if isinstance(error, UnavailableError):  # it may pass by itself, but nobody looks again
        todo += "; a server opens it when it is started again"
    return BadSpec(where=str(path), problem="; ".join([error.problem, *map(str, error.problems)]), todo=todo)


def _nothing_opened(wrong: Mapping[Path, RatchetError]) -> RatchetError:
    if len(wrong) == 1:
        return next(iter(wrong.values()))
    words = "; ".join(str(_bad(path, error)) for path, error in wrong.items())
    todos = {error.todo for error in wrong.values()}
    todo = todos.pop() if len(todos) == 1 else "correct each place named"
    return SpecError(f"none of {len(wrong)} classifiers can be opened: {words}", todo=todo)
