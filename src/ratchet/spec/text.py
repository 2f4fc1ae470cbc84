"""How a text column is cleaned before it is learned from."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from ratchet.spec.section import Section

Cleaning = Literal["html", "urls", "escapes", "mojibake"]
Language = Literal["de", "en", "es", "fr", "it", "nl", "pt"]


class TextSpec(Section):
    """How one text column is cleaned, for every family alike, in learning and in answers; the rows are kept as they
    are.  Without such a section nothing is cleaned but marks that the data check finds, where a fold says that it
    helps; with one, what it says is done and nothing else.
    """

    clean: tuple[Cleaning, ...] = ()
    """What is taken out: `html` (tags and entities), `urls`, `escapes` (such as a written-out `\\u2019`), `mojibake`
    (UTF-8 read as another encoding); `[]`: nothing."""
    stop_words: Language | None = None
    """The language whose articles, pronouns, prepositions and the like are left out."""
    lemmas: str | None = Field(default=None, pattern=r"^[a-z]{2,3}$")
    """The language in which every word is put into its base form; needs the extra `lemmas`."""

    def preparation(self, column: str) -> dict[str, Any]:
        """What is done to a column, as a recipe says it."""
        asked = {"clean": sorted(self.clean), "stop_words": self.stop_words, "lemmas": self.lemmas}
        return {"of": [column], **{key: value for key, value in asked.items() if value}}
