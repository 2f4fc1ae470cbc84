"""transformer.v1: a Hugging Face model fine-tuned to the classes; needs the extra `torch`, answers without PyTorch."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from ratchet import clock
from ratchet.arrays import Ints
from ratchet.errors import JobError, SpecError
from ratchet.features.huggingface.answering import Answers
from ratchet.features.huggingface.extras import needs
from ratchet.features.huggingface.folder import Folder
from ratchet.features.huggingface.network import ARCHITECTURES, Network, network
from ratchet.features.huggingface.tokens import Tokens
from ratchet.features.sentences import DEFAULT
from ratchet.kinds.kind import Kind
from ratchet.models import device
from ratchet.models.family import Choice, LabelledRows, Range, Shape
from ratchet.models.history import History
from ratchet.models.huggingface import batches
from ratchet.models.huggingface.checkpoint import Checkpoint
from ratchet.models.huggingface.finetuning import Finetuning, Learned, Settings, Texts
from ratchet.models.huggingface.pipeline import MOST, Transformer, joined
from ratchet.models.huggingface.precision import settled
from ratchet.models.pipeline import Pipeline

_FEWEST = 40
"""Of fewer rows none is held out to stop by."""
_SHARE = 0.1
_ALIKE = 1e-3
"""How far scores may lie from PyTorch's."""


class FineTuned:
    """The family.

    ``model`` is an id or a path, of an architecture that `network` reads; ``room`` the tokens of a chunk.  Each
    epoch learns from another chunk of a long text; an answer is the mean over its chunks.  A tenth of the rows is held
    out to stop by, and to judge whether whole numbers of one byte answer as well (`settled`).  Steps and their order
    depend on the seed alone; a fit that was killed goes on from its checkpoint.
    """

    name: ClassVar[str] = "transformer.v1"
    meaning: ClassVar[str] = "a pretrained network, fine-tuned (extra torch)"
    reads: ClassVar[frozenset[Kind]] = frozenset({Kind.TEXT})

    def space(self, shape: Shape) -> Mapping[str, Choice | Range]:
        return {
            "learning_rate": Range(2e-5, 3e-4, scale="log", points=3, most=1.0),
            "epochs": Range(1, 5, whole=True, points=3, least=1, most=1_000),
            "layer_decay": Range(0.7, 1.0, points=2, least=0.01, most=1.0),
            "class_weight": Choice(("none", "balanced")),
        }

    def defaults(self, shape: Shape) -> Mapping[str, Any]:
        return {
            "model": DEFAULT,
            "learning_rate": 1e-4,
            "epochs": 3,
            "layer_decay": 0.9,
            "class_weight": "none",
            "batch": 32,
            "room": 256,
            "warm_up": 0.1,
            "weight_decay": 0.01,
            "clip": 1.0,
        }

    def content(self, params: Mapping[str, Any]) -> str:
        """What names the model that it begins with, by its files; raises `MissingExtraError`, and `SpecError` where it
        is nowhere.
        """
        needs("torch")
        return Folder.of(str(params["model"])).content

    def fit(
        self, rows: LabelledRows, params: Mapping[str, Any], *, seed: int, folder: Path, threads: int = 1
    ) -> Pipeline:
        needs("torch")
        source = Folder.of(str(params["model"]))
        check(source)
        tokens, columns = Tokens.of(source), tuple(rows.columns)
        texts = joined(rows.columns, columns)
        where = device.chosen()
        model = load(source, rows.target.classes, seed=seed, threads=threads)
        room = min(int(params["room"]), int(model.config.max_position_embeddings) - _taken(source))
        chunks = tokens.chunks(texts, room=room, most=MOST)
        settings = settings_of(params, seed=seed, padding=tokens.padding)
        learn, held = _parted(rows, seed)
        place = Checkpoint.of(
            _digest(texts), rows.target.labels.tolist(), asdict(settings), room, source.content, where
        )
        fit = Finetuning(model, settings, classes=rows.target.classes, device=where)
        told = fit.fit(_texts(chunks, rows, learn), _texts(chunks, rows, held), place)
        net = _network(source, model)
        judged = held if len(held) else learn[:_FEWEST]
        first = [chunks[row][0] for row in judged]
        _check_alike(net, model, first[:8], tokens.padding)
        net, precision = settled(net, first, rows.target.labels[judged], tokens.padding)
        meta = {"model": source.name, "sha256": source.sha256, "room": room, "precision": precision}
        place.remove()
        return Transformer(columns, net, tokens, meta, _history(told, precision, where))


def check(source: Folder) -> None:
    """Raise `SpecError` for a model that could not be answered by, before anything is learned."""
    kind = str(source.config.get("model_type"))
    if kind not in ARCHITECTURES:
        raise SpecError(
            f"the model '{source.name}' is of type '{kind}', which cannot be read",
            todo=f"choose one of type {', '.join(ARCHITECTURES)}",
        )
    source.files  # noqa: B018  # pickles are refused here


def settings_of(params: Mapping[str, Any], *, seed: int, padding: int) -> Settings:
    """The settings in a family's parameters."""
    return Settings(
        learning_rate=float(params["learning_rate"]),
        epochs=int(params["epochs"]),
        batch=int(params["batch"]),
        layer_decay=float(params["layer_decay"]),
        balanced=params["class_weight"] == "balanced",
        warm_up=float(params["warm_up"]),
        weight_decay=float(params["weight_decay"]),
        clip=float(params["clip"]),
        seed=seed,
        padding=padding,
    )


def load(source: Folder, classes: int, *, seed: int, threads: int) -> Any:
    """The model with a head for so many classes, new where it has none of that size."""
    import torch
    import transformers

    torch.set_num_threads(threads)
    torch.manual_seed(clock.seed("transformer head", seed) % 2**63)
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    return transformers.AutoModelForSequenceClassification.from_pretrained(  # nosec B615 # a folder
        source.path,
        num_labels=max(classes, 2),
        problem_type="single_label_classification",
        ignore_mismatched_sizes=True,
        local_files_only=True,
        use_safetensors=True,
        trust_remote_code=False,
        dtype=torch.float32,
    )


def _taken(source: Folder) -> int:
    """Places that no token can have: those up to the padding's number, where positions are counted from behind it."""
    after = ARCHITECTURES[str(source.config["model_type"])].after_padding
    return int(source.config.get("pad_token_id") or 0) + 1 if after else 0


def _parted(rows: LabelledRows, seed: int) -> tuple[Ints, Ints]:
    if len(rows) < _FEWEST:
        return np.arange(len(rows)), np.arange(0)
    return batches.held_out(rows.target.labels, _SHARE, seed, rows.groups)


def _texts(chunks: Sequence[Sequence[Sequence[int]]], rows: LabelledRows, places: Ints) -> Texts:
    return Texts(chunks=[chunks[place] for place in places], labels=rows.target.labels[places])


def _network(source: Folder, model: Any) -> Network:
    """What was learned, on the CPU."""
    weights = {name: each.detach().float().cpu().numpy() for name, each in model.state_dict().items()}
    return network(source.config, weights, head=True)


def _check_alike(net: Network, model: Any, chunks: Sequence[Sequence[int]], padding: int) -> None:
    """Raise `JobError` where the network does not say what PyTorch says."""
    import torch

    ours = Answers(net, padding=padding)(chunks)
    model = model.float().cpu().eval()
    for chunk, scores in zip(chunks, ours, strict=True):
        ids = torch.tensor([list(chunk)])
        with torch.inference_mode():
            theirs = model(input_ids=ids, attention_mask=torch.ones_like(ids)).logits[0].numpy()
        if not np.allclose(scores, theirs, atol=_ALIKE, rtol=_ALIKE):
            raise JobError(
                f"the ONNX graph answers {scores.tolist()} where PyTorch answers {theirs.tolist()}",
                todo="choose another model, and report this one: its architecture is read wrongly",
            )


def _history(told: Learned, precision: str, where: str) -> History:
    facts = {
        "epochs": told.epochs,
        "steps": told.steps,
        "pieces": told.parts,
        "precision": precision,
        "device": where,
    }
    return History(facts=facts, curves=(told.curve,))


def _digest(texts: Sequence[str]) -> str:
    digest = hashlib.sha256()
    for text in texts:
        raw = text.encode("utf-8", "surrogatepass")
        digest.update(len(raw).to_bytes(8, "big") + raw)
    return digest.hexdigest()
