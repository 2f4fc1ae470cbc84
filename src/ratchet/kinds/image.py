"""Columns of pictures."""

from __future__ import annotations

from ratchet.kinds.media import Media


class Image(Media):
    """A picture: the bytes of a JPEG, PNG, WebP or other file."""

    meaning = "pictures: the bytes of their files"
    misfit = "not the bytes of a picture"
    expected = "the picture's bytes in base64"
    content = "pictures"
