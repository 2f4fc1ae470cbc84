"""Fine-tuning: a network with a new head learns to tell classes apart (Devlin et al. 2019, "BERT", section 3.2).

AdamW (Loshchilov & Hutter 2019) with warm-up and linear decay of the rate, which falls from layer to layer towards the
words (Howard & Ruder 2018, "Universal Language Model Fine-tuning", section 3.2).  Every step depends on the seed and
its number alone, so that a fit that was killed goes on from its checkpoint to the same end.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ratchet import clock
from ratchet.arrays import Labels
from ratchet.errors import JobError
from ratchet.models.history import Curve
from ratchet.models.huggingface import batches
from ratchet.models.huggingface.checkpoint import Checkpoint

_EVERY = 60.0
"""Seconds between two checkpoints within an epoch."""
Chunks = Sequence[Sequence[Sequence[int]]]
"""Of each text its chunks, of each chunk its tokens."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    """How to learn.  JSON values only."""

    learning_rate: float
    epochs: int
    batch: int
    layer_decay: float
    """What the rate of a layer is of the one above."""
    balanced: bool
    """Whether every class counts the same."""
    warm_up: float
    """The share of steps in which the rate grows."""
    weight_decay: float
    clip: float
    """The length that gradients are cut to."""
    seed: int
    padding: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Texts:
    """Rows to learn from, or to be judged on."""

    chunks: Chunks
    labels: Labels


@dataclass(kw_only=True, slots=True)
class _Standing:
    """How far a fit is.  JSON values only, but for the best weights."""

    step: int = 0
    parts: int = 1
    """How many pieces a batch is learned in: more where the memory is small."""
    learned: list[float] = field(default_factory=list)
    held: list[float] = field(default_factory=list)
    losses: list[float] = field(default_factory=list)
    """Of the steps of this epoch."""
    best: int = 0
    """The epoch of the best weights; 0 before the first."""
    over: bool = False


@dataclass(frozen=True, slots=True)
class Learned:
    """What came of it."""

    epochs: int
    """Epochs of the weights that were kept."""
    curve: Curve
    steps: int
    parts: int


class Finetuning:
    """A fit of one model, on one device; the model is changed where it is."""

    def __init__(self, model: Any, settings: Settings, *, classes: int, device: str) -> None:
        import torch

        self._torch, self._settings, self._device, self._classes = torch, settings, device, classes
        self._model = model.to(device)
        self._optimizer = torch.optim.AdamW(_groups(model, settings), lr=settings.learning_rate, eps=1e-8)
        half = device == "cuda" and not torch.cuda.is_bf16_supported()
        self._scaler = torch.amp.GradScaler(device, enabled=half)
        self._half = torch.float16 if half else torch.bfloat16
        self._best: dict[str, Any] = {}

    def fit(self, learn: Texts, held: Texts, checkpoint: Checkpoint | None = None) -> Learned:
        """Learn from some rows; the weights of the epoch with the least loss on those held out are kept.

        Raises `JobError` where the loss is no number, or one row alone needs more memory than there is.
        """
        plan = [self._epoch(learn, number) for number in range(self._settings.epochs)]
        total = sum(len(each) for each, _ in plan)
        standing = self._resumed(checkpoint)
        done, saved = 0, clock.monotonic()
        for number, (order, chunks) in enumerate(plan):
            for rows in order[max(standing.step - done, 0) :] if standing.step < done + len(order) else []:
                if standing.over:
                    break
                loss = self._step([chunks[row] for row in rows], learn.labels[rows], standing, total, learn.labels)
                standing.losses.append(loss)
                standing.step += 1
                if checkpoint is not None and clock.monotonic() - saved > _EVERY:
                    self._keep(checkpoint, standing)
                    saved = clock.monotonic()
            done += len(order)
            if standing.over or standing.step < done or len(standing.learned) > number:
                continue
            self._judge(standing, held)
            if checkpoint is not None:
                self._keep(checkpoint, standing)
        if self._best:
            self._model.load_state_dict(self._best)
        steps = tuple(range(1, len(standing.learned) + 1))
        curve = Curve(measure="log-loss", steps=steps, learned=tuple(standing.learned), held=tuple(standing.held))
        return Learned(standing.best or len(steps), curve, standing.step, standing.parts)

    def _epoch(self, learn: Texts, number: int) -> tuple[list[Any], list[Sequence[int]]]:
        chunks = batches.drawn(learn.chunks, seed=self._settings.seed, number=number)
        lengths = [len(each) for each in chunks]
        return batches.epoch(lengths, self._settings.batch, seed=self._settings.seed, number=number), chunks

    def _step(
        self, chunks: Sequence[Sequence[int]], labels: Labels, standing: _Standing, total: int, all_labels: Labels
    ) -> float:
        """One step, in as many pieces as the memory asks for; the mean loss of its rows."""
        while True:
            try:
                return self._tried(chunks, labels, standing, total, all_labels)
            except (self._torch.cuda.OutOfMemoryError, RuntimeError) as error:
                if not _is_memory(error, self._torch):
                    raise
                if standing.parts >= self._settings.batch:
                    raise JobError(
                        "a single text needs more memory than there is",
                        todo="set params.room to fewer tokens, or choose a smaller model",
                    ) from None
                standing.parts *= 2
                if self._device == "cuda":
                    self._torch.cuda.empty_cache()

    def _tried(
        self, chunks: Sequence[Sequence[int]], labels: Labels, standing: _Standing, total: int, all_labels: Labels
    ) -> float:
        torch, said = self._torch, self._settings
        torch.manual_seed(clock.seed("transformer step", said.seed, standing.step) % 2**63)
        self._model.train()
        self._optimizer.zero_grad(set_to_none=True)
        weights = self._weights(all_labels)
        size, loss = -(-len(chunks) // standing.parts), 0.0
        for start in range(0, len(chunks), size):
            part = labels[start : start + size]
            scores = self._scores(chunks[start : start + size])
            each = torch.nn.functional.cross_entropy(
                scores.float(),
                torch.from_numpy(part.astype(np.int64)).to(self._device),
                weight=weights,
                reduction="sum",
            )
            each = each / len(chunks)
            self._scaler.scale(each).backward()
            loss += float(each.detach())
        if not math.isfinite(loss):
            raise JobError(
                f"the loss became {loss} at step {standing.step + 1} of {total}",
                todo=f"lower params.learning_rate, now {said.learning_rate:g}; "
                "if that does not help, the model's weights are not what its config.json says",
            )
        self._scaler.unscale_(self._optimizer)
        torch.nn.utils.clip_grad_norm_(self._model.parameters(), said.clip)
        for group in self._optimizer.param_groups:
            group["lr"] = group["rate"] * rate(standing.step, total, said.warm_up)
        self._scaler.step(self._optimizer)
        self._scaler.update()
        return loss

    def _scores(self, chunks: Sequence[Sequence[int]]) -> Any:
        """(chunks, classes) padded to the longest."""
        torch, longest = self._torch, max(len(each) for each in chunks)
        ids = np.full((len(chunks), longest), self._settings.padding, dtype=np.int64)
        mask = np.zeros_like(ids)
        for row, chunk in enumerate(chunks):
            ids[row, : len(chunk)] = chunk
            mask[row, : len(chunk)] = 1
        here = {"input_ids": torch.from_numpy(ids), "attention_mask": torch.from_numpy(mask)}
        on_gpu = self._device == "cuda"
        with torch.autocast("cuda", dtype=self._half) if on_gpu else nullcontext():
            return self._model(
                **{name: each.to(self._device, non_blocking=on_gpu) for name, each in here.items()}
            ).logits

    def _weights(self, labels: Labels) -> Any:
        """(classes,) so that each class counts the same, or None."""
        if not self._settings.balanced:
            return None
        counts = np.bincount(labels, minlength=self._classes)
        each = len(labels) / (np.count_nonzero(counts) * np.maximum(counts, 1))
        return self._torch.tensor(each, dtype=self._torch.float32, device=self._device)

    def _judge(self, standing: _Standing, held: Texts) -> None:
        """Note how the epoch went; stop where two in a row were worse than the best."""
        standing.learned.append(float(np.mean(standing.losses)))
        standing.losses = []
        if not len(held.labels):
            return
        loss = self.loss(held)
        if not standing.held or loss < min(standing.held):
            standing.best = len(standing.learned)
            self._best = {name: each.detach().clone() for name, each in self._model.state_dict().items()}
        standing.held.append(loss)
        standing.over = len(standing.held) - standing.best >= _PATIENCE

    def loss(self, held: Texts) -> float:
        """The mean log-loss of the first chunks."""
        torch, losses = self._torch, []
        self._model.eval()
        first = [each[0] for each in held.chunks]
        order = np.argsort([len(each) for each in first], kind="stable")
        with torch.inference_mode():
            for start in range(0, len(order), 64):
                rows = order[start : start + 64]
                scores = self._scores([first[row] for row in rows]).float().cpu()
                target = torch.from_numpy(held.labels[rows].astype(np.int64))
                losses.append(float(torch.nn.functional.cross_entropy(scores, target, reduction="sum")))
        return sum(losses) / len(order)

    def _keep(self, checkpoint: Checkpoint, standing: _Standing) -> None:
        tensors = {f"model.{name}": each for name, each in self._model.state_dict().items()}
        tensors |= {f"best.{name}": each for name, each in self._best.items()}
        for number, each in self._optimizer.state_dict()["state"].items():
            tensors |= {f"moment.{number}.{name}": value for name, value in each.items()}
        said = {name: getattr(standing, name) for name in standing.__slots__}
        checkpoint.write(
            {name: each.clone() for name, each in tensors.items()}, said | {"scaler": self._scaler.state_dict()}
        )

    def _resumed(self, checkpoint: Checkpoint | None) -> _Standing:
        found = None if checkpoint is None else checkpoint.read()
        if found is None:
            return _Standing()
        tensors, said = found
        self._model.load_state_dict(_under("model.", tensors))
        self._best = {name: each.to(self._device) for name, each in _under("best.", tensors).items()}
        state: dict[int, dict[str, Any]] = {}
        for name, each in _under("moment.", tensors).items():
            number, _, key = name.partition(".")
            state.setdefault(int(number), {})[key] = each
        self._optimizer.load_state_dict({**self._optimizer.state_dict(), "state": state})
        self._scaler.load_state_dict(said.pop("scaler"))
        return _Standing(**said)


_PATIENCE = 2
"""Epochs without a smaller loss, after which learning stops."""


def rate(step: int, total: int, warm_up: float) -> float:
    """The share of the full rate at a step: up in a line, then down in a line to nothing.

    >>> [round(rate(step, 10, 0.2), 3) for step in (0, 1, 2, 9)]
    [0.5, 1.0, 1.0, 0.125]
    """
    rising = max(round(total * warm_up), 1)
    return (step + 1) / rising if step < rising else (total - step) / max(total - rising, 1)


def _groups(model: Any, settings: Settings) -> list[dict[str, Any]]:
    """Parameters by depth, the rate of each depth; norms and biases do not decay."""
    depths = {name: depth_of(name) for name, _ in model.named_parameters()}
    deepest = max((each for each in depths.values() if each is not None), default=0)
    groups: dict[tuple[int, bool], list[Any]] = {}
    for name, each in model.named_parameters():
        depth = depths[name]
        groups.setdefault((deepest + 1 if depth is None else depth, each.ndim > 1), []).append(each)
    made = []
    for (depth, decays), parameters in sorted(groups.items(), key=lambda each: each[0]):
        own = settings.learning_rate * settings.layer_decay ** (deepest + 1 - depth)
        made.append({"params": parameters, "rate": own, "weight_decay": settings.weight_decay if decays else 0.0})
    return made


def depth_of(name: str) -> int | None:
    """How far a parameter is from the words: 0 for those, then the layers; None for the head.

    What all layers read beside words counts as words: the map to their width (ALBERT), the bias by distance (MPNet).

    >>> depth_of("bert.encoder.layer.3.output.dense.bias"), depth_of("classifier.weight")
    (4, None)
    """
    if "embedding" in name or "relative_attention_bias" in name:
        return 0
    found = re.search(r"layer(?:s|_groups)?\.(\d+)\.", name)
    return None if found is None else int(found[1]) + 1


def _is_memory(error: Exception, torch: Any) -> bool:
    return isinstance(error, torch.cuda.OutOfMemoryError) or "not enough memory" in str(error)


def _under(prefix: str, named: Mapping[str, Any]) -> dict[str, Any]:
    return {name.removeprefix(prefix): each for name, each in named.items() if name.startswith(prefix)}
