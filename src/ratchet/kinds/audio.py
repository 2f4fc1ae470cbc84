"""Columns of sound."""

from __future__ import annotations

from ratchet.kinds.media import Media


class Audio(Media):
    """A recording: the bytes of a WAV, FLAC, MP3 or other file."""

    meaning = "recordings: the bytes of their files"
    misfit = "not the bytes of a recording"
    expected = "the recording's bytes in base64"
    content = "recordings"
