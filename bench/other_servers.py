"""What the server is measured against: a plain FastAPI app around a joblib file, and an app that does nothing.

python -m bench.other_servers plain PORT --model MODEL.joblib
python -m bench.other_servers hello PORT
"""

from __future__ import annotations

import argparse
import os
from importlib import import_module
from typing import Any

import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel


class Row(BaseModel):
    """What is sent."""

    text: str


def plain() -> FastAPI:
    """The app most teams write: load the pipeline, validate with pydantic, answer with the most probable class."""
    pipeline = import_module("joblib").load(os.environ["BENCH_MODEL"])
    app = FastAPI()

    @app.post("/predict")
    def predict(row: Row) -> dict[str, Any]:
        probabilities = pipeline.predict_proba([row.text])[0]
        best = int(probabilities.argmax())
        return {"label": str(pipeline.classes_[best]), "confidence": float(probabilities[best])}

    return app


async def hello(scope: Any, receive: Any, send: Any) -> None:
    """As little as an ASGI app can do: the ceiling of the server below it."""
    await receive()
    headers = [(b"content-type", b"application/json"), (b"content-length", b"2")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"{}"})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("app", choices=["plain", "hello"])
    parser.add_argument("port", type=int)
    parser.add_argument("--model")
    parser.add_argument("--workers", type=int, default=1)
    chosen = parser.parse_args()
    if chosen.model:
        os.environ["BENCH_MODEL"] = chosen.model
    uvicorn.run(
        f"bench.other_servers:{chosen.app}",
        factory=chosen.app == "plain",
        port=chosen.port,
        workers=chosen.workers,
        lifespan="off",
        access_log=False,
        log_level="warning",
    )


if __name__ == "__main__":
    main()
