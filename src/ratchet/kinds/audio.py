"""Columns of sound."""

from __future__ import annotations

from ratchet.kinds.media import Media


class Audio(Media):
    """A recording: the bytes of a WAV, FLAC, MP3 or other file."""

    meaning = "recordings: the bytes of their files"
    misfit = "not the bytes of a recording"
    expected = "the recording's bytes in base64"
    one = "recording"
    content = "recordings"
    signatures = (
        ("WAV", 8, b"WAVE"),
        ("FLAC", 0, b"fLaC"),
        ("Ogg", 0, b"OggS"),
        ("M4A", 4, b"ftypM4A"),
        ("AIFF", 8, b"AIFF"),
        ("MP3", 0, b"ID3"),
        ("MP3", 0, b"\xff\xfb"),
    )
    suffixes = ("wav", "flac", "ogg", "opus", "m4a", "aif", "aiff", "mp3")
