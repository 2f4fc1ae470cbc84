"""Small models in folders as Hugging Face lays them out, made here: random weights, words of one tokenizer."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ratchet.arrays import Array
from ratchet.clock import rng

WORDS = ("the", "a", "good", "bad", "film", "never", "plot", "of", "it", "fine", "awful", "##s", "##ing", "!", "e")
SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
CONFIG: dict[str, Any] = {
    "model_type": "bert", "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "hidden_act": "gelu",
    "intermediate_size": 64, "max_position_embeddings": 40, "type_vocab_size": 2, "layer_norm_eps": 1e-12,
    "pad_token_id": 0, "vocab_size": len(WORDS) + len(SPECIAL),
}  # fmt: skip


def sentence_model(folder: Path, *, pooling: str = "mean_tokens", normalised: bool = True, seed: int = 0) -> Path:
    """A BERT of sentence-transformers with random weights."""
    save_tokenizer(folder)
    (folder / "config.json").write_text(json.dumps(CONFIG))
    save_weights(folder, weights(seed))
    steps = ["Transformer", "Pooling", *(["Normalize"] if normalised else [])]
    modules = [
        {"idx": at, "path": "" if at == 0 else f"{at}_{step}", "type": f"sentence_transformers.models.{step}"}
        for at, step in enumerate(steps)
    ]
    (folder / "modules.json").write_text(json.dumps(modules))
    (folder / "1_Pooling").mkdir()
    (folder / "1_Pooling" / "config.json").write_text(json.dumps({f"pooling_mode_{pooling}": True}))
    (folder / "sentence_bert_config.json").write_text(json.dumps({"max_seq_length": 16}))
    return folder


def classifier(kind: str, folder: Path, *, labels: Sequence[str] = ("no", "perhaps", "yes"), **more: Any) -> Any:
    """A random sequence classifier of an architecture, made by PyTorch and kept in a folder."""
    import torch
    import transformers

    torch.manual_seed(3)
    sizes = {
        "vocab_size": 60, "hidden_size": 32, "num_hidden_layers": 3, "num_attention_heads": 4, "intermediate_size": 48,
        "max_position_embeddings": 40, "pad_token_id": 0, "embedding_size": 16,
        "dim": 32, "n_layers": 3, "n_heads": 4, "hidden_dim": 48, "initializer_range": 0.2, **more,
    }  # fmt: skip
    config = transformers.AutoConfig.for_model(kind)
    known = {name: value for name, value in sizes.items() if hasattr(config, name) or name in more}
    made = type(config)(
        **known, id2label=dict(enumerate(labels)), label2id={each: at for at, each in enumerate(labels)}
    )
    model = transformers.AutoModelForSequenceClassification.from_config(made).eval()
    transformers.utils.logging.disable_progress_bar()
    model.save_pretrained(folder)
    save_tokenizer(folder)
    return model


def save_tokenizer(folder: Path) -> None:
    """Word pieces of `WORDS`, as BERT's tokenizer cuts them."""
    from tokenizers import BertWordPieceTokenizer

    folder.mkdir(parents=True, exist_ok=True)
    vocabulary = {word: at for at, word in enumerate((*SPECIAL, *WORDS))}
    BertWordPieceTokenizer(vocabulary, lowercase=True).save(str(folder / "tokenizer.json"))


def save_weights(folder: Path, arrays: dict[str, Array]) -> None:
    from safetensors.numpy import save_file

    save_file(arrays, folder / "model.safetensors")


def weights(seed: int) -> dict[str, Array]:
    """Random ones of the shapes that `CONFIG` says, by the names of a BERT."""
    random = rng("tiny bert", seed)
    hidden, inner = int(CONFIG["hidden_size"]), int(CONFIG["intermediate_size"])
    shapes = {
        "embeddings.word_embeddings": (CONFIG["vocab_size"], hidden),
        "embeddings.position_embeddings": (CONFIG["max_position_embeddings"], hidden),
        "embeddings.token_type_embeddings": (2, hidden),
    }
    found = {f"{name}.weight": random.normal(0, 1, shape) for name, shape in shapes.items()}
    found |= _norm("embeddings.LayerNorm", hidden)
    for layer in range(int(CONFIG["num_hidden_layers"])):
        before = f"encoder.layer.{layer}."
        for name in ("attention.self.query", "attention.self.key", "attention.self.value", "attention.output.dense"):
            found |= _dense(before + name, hidden, hidden, random)
        found |= _dense(before + "intermediate.dense", hidden, inner, random)
        found |= _dense(before + "output.dense", inner, hidden, random)
        found |= _norm(before + "attention.output.LayerNorm", hidden) | _norm(before + "output.LayerNorm", hidden)
    return {name: each.astype(np.float32) for name, each in found.items()}


def _dense(name: str, inputs: int, outputs: int, random: np.random.Generator) -> dict[str, Array]:
    return {
        f"{name}.weight": random.normal(0, inputs**-0.5, (outputs, inputs)),
        f"{name}.bias": random.normal(0, 0.1, outputs),
    }


def _norm(name: str, width: int) -> dict[str, Array]:
    return {f"{name}.weight": np.ones(width), f"{name}.bias": np.zeros(width)}
