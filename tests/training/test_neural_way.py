"""What reads texts by a network goes the whole way: searched, trained, bundled, opened, served."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ratchet.engine.inline import InlineEngine
from ratchet.kinds.kind import Kind
from ratchet.models.recipe import Recipe
from ratchet.registry import bundle
from ratchet.spec import Spec
from ratchet.training import session
from ratchet.training.train import train
from tests.features.huggingface import tiny
from tests.models.huggingface.fitting import made_up
from tests.training.test_whole_way import rows as told

pytest.importorskip("torch", reason="needs the extra 'torch'")
pytest.importorskip("transformers", reason="needs the extra 'torch'")
pytest.importorskip("onnxruntime", reason="needs the extra 'torch'")
