"""Texts as numbers of tokens, by a model's own tokenizer, in chunks no longer than it takes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import Any

from ratchet.errors import SpecError
from ratchet.features.huggingface.folder import Folder
from ratchet.features.huggingface.settings import whole

LETTERS = 100_000
"""What is read of one text, in characters."""


@dataclass(frozen=True)
class Tokens:
    """A tokenizer: ``content`` is its ``tokenizer.json``."""

    content: str
    padding: int = 0
    """The number that fills up short texts."""
    _made: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)

    @classmethod
    def of(cls, folder: Folder) -> Tokens:
        """The tokenizer of a model; raises `SpecError` where it has none that can be read."""
        path = folder.path / "tokenizer.json"
        document = folder.settings(path.name)
        content = _bare(json.loads(_converted(folder)) if document is None else document)
        made = cls(content, whole(folder.config, "pad_token_id", default=0, least=0))
        with _in_words(str(path)):
            made.ends  # noqa: B018  # it is made, and refused, here
        return made

    @cached_property
    def ends(self) -> tuple[list[int], list[int]]:
        """The special tokens before and behind a text."""
        encoding = self._tokenizer.encode("a", add_special_tokens=True)
        special = encoding.special_tokens_mask
        first = special.index(0) if 0 in special else len(special)
        last = len(special) - special[::-1].index(0) if 0 in special else len(special)
        return encoding.ids[:first], encoding.ids[last:]

    def chunks(self, texts: Sequence[str | None], *, room: int, most: int) -> list[list[list[int]]]:
        """Of each text its chunks, of at most ``room`` tokens with the special ones; a missing one counts as empty.

        A text that needs several is cut into as many as it needs of nearly one length, so that none is a mere rest; of
        a text that needs more than ``most``, so many from its beginning.
        """
        before, behind = self.ends
        inside = max(room - len(before) - len(behind), 1)
        with _in_words("a text"):
            encoded = self._tokenizer.encode_batch([(text or "")[:LETTERS] for text in texts], add_special_tokens=False)
        alone = [self.padding]  # where a text is of no token
        return [[[*before, *part, *behind] or alone for part in _cut(each.ids, inside, most)] for each in encoded]

    @property
    def _tokenizer(self) -> Any:
        if "made" not in self._made:
            from tokenizers import Tokenizer

            self._made["made"] = Tokenizer.from_str(self.content)
        return self._made["made"]


@contextmanager
def _in_words(what: str) -> Iterator[None]:
    """What `tokenizers` raises; a panic of it is no `Exception`."""
    try:
        yield
    except (SpecError, KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:
        raise SpecError(
            f"{what} cannot be cut into tokens by the model's tokenizer: {str(error)[:200]}",
            todo="copy the model's folder anew, or choose another",
        ) from None


def _cut(ids: Sequence[int], inside: int, most: int) -> list[Sequence[int]]:
    """Ten tokens with room for four: [4, 3, 3] of them."""
    ids = ids[: inside * most]
    parts = max(-(-len(ids) // inside), 1)
    bounds = [-(-len(ids) * number // parts) for number in range(parts + 1)]
    return [ids[start:stop] for start, stop in pairwise(bounds)]


def _bare(document: Mapping[str, Any]) -> str:
    """Without truncation and padding, which are done here."""
    return json.dumps({**document, "truncation": None, "padding": None}, ensure_ascii=False, separators=(",", ":"))


def _converted(folder: Folder) -> str:
    """The ``tokenizer.json`` of a model that has only the files from before there were any."""
    try:
        from transformers import AutoTokenizer
    except ImportError:
        raise SpecError(
            f"{folder.path} has no tokenizer.json, and what converts older files is not installed",
            todo="pip install 'ratchet-ml[torch]', or choose a model with tokenizer.json",
        ) from None
    try:
        made = AutoTokenizer.from_pretrained(folder.path, local_files_only=True, trust_remote_code=False)  # nosec B615 # local
        return str(made.backend_tokenizer.to_str())
    except Exception as error:  # whatever that library raises for what it cannot read
        raise SpecError(
            f"the tokenizer in {folder.path} cannot be read: {type(error).__name__}: {error}",
            todo="choose a model with tokenizer.json",
        ) from error
