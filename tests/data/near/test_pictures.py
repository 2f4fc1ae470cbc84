import io

import numpy as np
import pytest

from ratchet.data.near.pictures import alike_pictures, broken_pictures

Image = pytest.importorskip("PIL.Image")


def picture(levels: np.ndarray, kind: str = "PNG", **how: int) -> bytes:
    out = io.BytesIO()
    Image.fromarray(levels).save(out, kind, **how)
    return out.getvalue()


def scene(seed: int) -> np.ndarray:
    small = Image.fromarray(np.random.default_rng(seed).integers(0, 256, (12, 12), dtype=np.uint8))
    return np.asarray(small.resize((200, 160), Image.Resampling.BICUBIC))


def test_the_same_picture_smaller_and_compressed_is_found() -> None:
    half = np.asarray(Image.fromarray(scene(0)).resize((100, 80)))
    groups = alike_pictures([picture(scene(0)), picture(half, "JPEG", quality=60), picture(scene(1)), None])
    assert groups[0] == groups[1]
    assert len(set(groups.tolist())) == 3


def test_flat_and_broken_pictures_are_alone() -> None:
    white = np.full((50, 50), 255, dtype=np.uint8)
    pictures = [picture(white), picture(white[:40]), b"no picture", b"no picture"]
    assert len(set(alike_pictures(pictures).tolist())) == 4
    assert broken_pictures(pictures).tolist() == [2, 3]
