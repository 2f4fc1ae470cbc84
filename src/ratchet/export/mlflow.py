"""``mlflow``: a version as an MLflow model of the flavour ``python_function``, written without MLflow.

A model's folder holds ``bundle/``, and beside it what MLflow reads: ``MLmodel`` (the flavour, the signature and whose
code opens the bundle: `ratchet.export.pyfunc`), an example of its input, and what to install.  Nothing is pickled.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib.metadata import version as installed
from pathlib import Path
from platform import python_version
from typing import Any

from ratchet.data.schema import Schema
from ratchet.export import pyfunc, readme
from ratchet.export.exported import Exporting, Written, copy_bundle
from ratchet.export.known import typical
from ratchet.kinds.kind import Kind
from ratchet.serving.rows import example

BUNDLE = "bundle"
_EXAMPLE = "input_example.json"
_USE = (
    "import mlflow",
    'model = mlflow.pyfunc.load_model("FOLDER")',
    "model.predict(frame)  # label, p_CLASS for each class, set, abstained",
)


def write(exporting: Exporting, folder: Path) -> Written:
    """Fill ``folder`` with a model; its answers are held against the version's own on stored rows."""
    identity, bundle = copy_bundle(exporting, folder / BUNDLE), exporting.bundle
    for name, text in beside(bundle.schema, identity, exporting.version, typical(bundle)).items():
        (folder / name).write_text(text, encoding="utf-8")
    needs = "Needs: `pip install mlflow ratchet-ml` (`mlflow-skinny` and `pandas` will do)."
    readme.write(folder, exporting, "an MLflow model", _USE, needs)
    return Written(checked=pyfunc.checked(folder / BUNDLE, exporting), use=_USE)


def beside(schema: Schema, identity: str, version: str, row: Mapping[str, Any] | None = None) -> dict[str, str]:
    """The files that lie beside a bundle in a model's folder: file name -> text; ``row`` is an example of its
    input, else one that fits the schema.
    """
    return {
        "MLmodel": _mlmodel(schema, identity, version),
        _EXAMPLE: _example(example(schema.features) if row is None else row),
        "requirements.txt": f"{_requirement()}\nmlflow\n",
        "python_env.yaml": f"python: {python_version()}\ndependencies:\n- -r requirements.txt\n",
    }


def _requirement() -> str:
    return f"ratchet-ml=={installed('ratchet-ml')}"


def _mlmodel(schema: Schema, identity: str, version: str) -> str:
    """The file that MLflow opens; values are JSON, which YAML takes as it is."""
    signature = {"inputs": json.dumps(_inputs(schema)), "outputs": json.dumps(_outputs(schema)), "params": None}
    saved = {"artifact_path": _EXAMPLE, "pandas_orient": "split", "type": "dataframe"}
    flavor = {
        "loader_module": pyfunc.__name__,
        "data": BUNDLE,
        "env": {"virtualenv": "python_env.yaml"},
        "python_version": python_version(),
    }
    told = {
        "flavors": {"python_function": flavor, "ratchet": {"bundle_id": identity, "version": version}},
        "saved_input_example_info": saved,
        "signature": signature,
    }
    return "\n".join(f"{key}: {json.dumps(value, indent=2)}" for key, value in told.items()) + "\n"


def _inputs(schema: Schema) -> list[dict[str, Any]]:
    """Each column; texts are checked by MLflow, other kinds by us: a number may be whole, a category may be one."""
    return [
        {"type": "string" if kind is Kind.TEXT else "any", "name": name, "required": False}
        for name, kind in schema.features.items()
    ]


def _outputs(schema: Schema) -> list[dict[str, Any]]:
    probabilities = [{"type": "double", "name": f"p_{each}", "required": True} for each in schema.classes]
    return [
        {"type": "string", "name": "label", "required": True},
        *probabilities,
        {"type": "array", "items": {"type": "string"}, "name": "set", "required": True},
        {"type": "boolean", "name": "abstained", "required": True},
    ]


def _example(row: Mapping[str, Any]) -> str:
    return json.dumps({"columns": list(row), "data": [list(row.values())]}, ensure_ascii=False) + "\n"
