"""Whether a network answers in whole numbers of one byte, or in float32: judged on rows with known classes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ratchet.arrays import Labels
from ratchet.features.huggingface.answering import Answers
from ratchet.features.huggingface.network import Network
from ratchet.features.huggingface.quantised import quantised
from ratchet.models.softmax import softmax

TOLERATED = 0.005
"""How much smaller the share of right answers may be."""
LOSS = 0.01
"""How much larger the mean log-loss may be."""


def settled(network: Network, chunks: Sequence[Sequence[int]], labels: Labels, padding: int) -> tuple[Network, str]:
    """The network in one byte where that costs no right answers, else as it is; and the name of its precision."""
    small = quantised(network)
    if not len(chunks):
        return network, "float32"
    right, loss = _quality(network, chunks, labels, padding)
    right_small, loss_small = _quality(small, chunks, labels, padding)
    if right_small >= right - TOLERATED and loss_small <= loss + LOSS:
        return small, "int8"
    return network, "float32"


def _quality(network: Network, chunks: Sequence[Sequence[int]], labels: Labels, padding: int) -> tuple[float, float]:
    """The share of right answers, and the mean log-loss."""
    answers = softmax(Answers(network, padding=padding)(chunks))
    losses = -np.log(np.maximum(answers[np.arange(len(labels)), labels], 1e-12))
    return float((answers.argmax(axis=1) == labels).mean()), float(losses.mean())
