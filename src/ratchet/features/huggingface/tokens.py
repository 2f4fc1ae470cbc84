"""Texts as numbers of tokens, by a model's own tokenizer, in chunks no longer than it takes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import Any

from ratchet.errors import SpecError
from ratchet.features.huggingface.folder import Folder

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
        content = path.read_text("utf-8") if path.is_file() else _converted(folder)
        return cls(_bare(content), int(folder.config.get("pad_token_id") or 0))

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
        encoded = self._tokenizer.encode_batch([(text or "")[:LETTERS] for text in texts], add_special_tokens=False)
        return [[[*before, *part, *behind] for part in _cut(each.ids, inside, most)] for each in encoded]

    @property
    def _tokenizer(self) -> Any:
        if "made" not in self._made:
            from tokenizers import Tokenizer

            self._made["made"] = Tokenizer.from_str(self.content)
        return self._made["made"]


def _cut(ids: Sequence[int], inside: int, most: int) -> list[Sequence[int]]:
    """Ten tokens with room for four: [4, 3, 3] of them."""
    ids = ids[: inside * most]
    parts = max(-(-len(ids) // inside), 1)
    bounds = [-(-len(ids) * number // parts) for number in range(parts + 1)]
    return [ids[start:stop] for start, stop in pairwise(bounds)]


def _bare(content: str) -> str:
    """Without truncation and padding, which are done here."""
    document = json.loads(content) | {"truncation": None, "padding": None}
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


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
        made = AutoTokenizer.from_pretrained(folder.path, local_files_only=True, trust_remote_code=False)
        return str(made.backend_tokenizer.to_str())
    except Exception as error:  # whatever that library raises for what it cannot read
        raise SpecError(
            f"the tokenizer in {folder.path} cannot be read: {type(error).__name__}: {error}",
            todo="choose a model with tokenizer.json",
        ) from error
