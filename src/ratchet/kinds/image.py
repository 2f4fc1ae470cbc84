"""Columns of pictures."""

from __future__ import annotations

from ratchet.kinds.media import Media


class Image(Media):
    """A picture: the bytes of a JPEG, PNG, WebP or other file."""

    meaning = "pictures: the bytes of their files"
    misfit = "not the bytes of a picture"
    expected = "the picture's bytes in base64"
    one = "picture"
    content = "pictures"
    signatures = (
        ("JPEG", 0, b"\xff\xd8\xff"),
        ("PNG", 0, b"\x89PNG\r\n\x1a\n"),
        ("GIF", 0, b"GIF8"),
        ("WebP", 8, b"WEBP"),
        ("TIFF", 0, b"II*\0"),
        ("TIFF", 0, b"MM\0*"),
        ("HEIC", 4, b"ftyphei"),
        ("BMP", 0, b"BM"),
    )
    suffixes = ("jpg", "jpeg", "png", "gif", "webp", "tif", "tiff", "heic", "bmp")
