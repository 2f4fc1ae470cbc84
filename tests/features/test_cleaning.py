from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ratchet.features.cleaning import CLEANERS, cleaner, without_html, without_mojibake
from ratchet.features.tokens import words


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("<p>good</p><p>film</p>", " good  film "),
        ("<b>go</b>od film", "good film"),
        ("<script>var bad = '<b>';</script >good film", " good film"),
        ("<!-- <i>bad</i> -->good<!-- bad --> film", " good  film"),
        ("<!-- never closed", "<!-- never closed"),
        ("List<String> and 1 < 2 > 0 <3", "List<String> and 1 < 2 > 0 <3"),
        ("caf&eacute; &#233;& nbsp;&amp;", "café é &"),
        ('<a href="x>y">z', 'y">z'),
    ],
)
def test_tags_and_entities_go_and_all_else_stays(text: str, clean: str) -> None:
    assert without_html(text) == clean


def test_a_text_with_tags_has_the_words_of_the_text_without() -> None:
    plain = "A very good film & more. See it now"
    marked = "<html><body><p class='x'>A <b>very</b> good film &amp; more.<br/>See it <i>now</i></p></body></html>"
    assert words(without_html(marked)) == words(plain)


@pytest.mark.parametrize("written", ["é", "d'été à Noël", "naïve “quoted”", "😀 ok", "Привет", "日本語"])
@pytest.mark.parametrize("wrong", ["cp1252", "latin-1"])
def test_letters_read_wrongly_are_read_again_once_or_twice(written: str, wrong: str) -> None:
    def misread(text: str) -> str:
        return "".join(bytes([byte]).decode(wrong, "ignore") or chr(byte) for byte in text.encode())

    assert without_mojibake(misread(written)) == written
    assert without_mojibake(misread(misread(written))) == written


@pytest.mark.parametrize("text", ["déjà vu", "À la carte", "Ünïcödé", "10 €", "ÇA VA ?", "Привет", "Â", "Ã©"[:1]])
def test_letters_read_rightly_stay(text: str) -> None:
    assert without_mojibake(text) == text


def test_half_a_pair_of_surrogates_is_no_letter() -> None:
    assert cleaner(["escapes"])(r"\ud83d\ude00 \ud83d ok") == "😀 � ok"


@given(st.text(alphabet=st.sampled_from('<>!-/ab&;:\\unxÃ©â€™"whtp. '), max_size=200))
def test_no_text_makes_it_fail(text: str) -> None:
    assert isinstance(cleaner(CLEANERS)(text), str)


@pytest.mark.parametrize(
    "part", ["<!--", "<script>", "<a ", "&", "\\u", "http://", "Ã", "</", "<b", "-->", "<!--<script>"]
)
def test_no_text_takes_more_than_its_share_of_time(part: str) -> None:
    text = part * (400_000 // len(part))
    began = time.process_time()
    cleaner(CLEANERS)(text)
    assert time.process_time() - began < 3.0
