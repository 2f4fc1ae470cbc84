"""What reads texts by a network goes the whole way: searched, trained, bundled, opened, served."""

from __future__ import annotations

import pytest

pytest.importorskip("torch", reason="needs the extra 'torch'")
pytest.importorskip("transformers", reason="needs the extra 'torch'")
pytest.importorskip("onnxruntime", reason="needs the extra 'torch'")
