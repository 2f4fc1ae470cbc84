"""`demo`: the main job on a real table that comes with scikit-learn."""

from __future__ import annotations

import json
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

import ratchet
from ratchet.cli import render
from ratchet.cli.answer import port_number
from ratchet.cli.render import Output
from ratchet.errors import UnavailableError

_TRIALS = 6


class DemoTable(StrEnum):
    """The tables of scikit-learn that need no download."""

    BREAST_CANCER = "breast_cancer"
    WINE = "wine"
    IRIS = "iris"


def demo(
    dataset: Annotated[DemoTable, typer.Option(help="Which table.")] = DemoTable.BREAST_CANCER,
    port: Annotated[
        int, typer.Option(parser=port_number, metavar="0-65535", help="The port to listen on; 0 takes a free one.")
    ] = 8000,
    once: Annotated[bool, typer.Option("--once", help="Answer the example requests and stop.")] = False,
) -> None:
    """Run the whole job on a real table and serve the result; nothing is downloaded."""
    output = Output()
    folder = Path(".demo") / dataset
    if folder.exists():
        output.say(f"Starting afresh: {folder} of an earlier demo is removed")
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    table = folder / f"{dataset}.csv"
    count = _write(dataset, table)
    output.say(f"1. {count} real rows of scikit-learn's {dataset}, written to {table}")
    output.say("2. Look at the table and write ratchet.toml: what is learned, from which columns, what better means")
    ratchet.init(str(table), "label", root=folder, name=dataset)
    _hurry(folder / "ratchet.toml")
    output.say("3. Take the rows in, hold some out, search among models, judge the best on the rows held out")
    with ratchet.open(folder) as classifier:
        with output.progress() as progress:
            decision = classifier.train(str(table), progress=progress)
        render.report(output.console, classifier.show(decision.version))
        rows = classifier.examples(3)
    if decision.outcome != "promote":
        raise typer.Exit(1)
    _serve(output, folder, rows, port=port, once=once)


def _hurry(spec: Path) -> None:
    """A demo is to show its end soon: it tries fewer settings than a draft asks for."""
    spec.write_text(spec.read_text("utf-8").replace("trials = 20", f"trials = {_TRIALS}"), encoding="utf-8")


def _write(dataset: DemoTable, path: Path) -> int:
    import polars as pl
    from sklearn import datasets

    bunch = getattr(datasets, f"load_{dataset}")()
    columns = {str(name): bunch.data[:, index] for index, name in enumerate(bunch.feature_names)}
    frame = pl.DataFrame(columns | {"label": [str(bunch.target_names[index]) for index in bunch.target]})
    frame.write_csv(path)
    return len(frame)


def _serve(output: Output, folder: Path, rows: list[dict[str, Any]], *, port: int, once: bool) -> None:
    port = _free(port)
    address = f"http://127.0.0.1:{port}"
    one, many = folder / "row.json", folder / "rows.json"
    one.write_text(json.dumps(rows[0], indent=1), encoding="utf-8")
    many.write_text(json.dumps(rows, indent=1), encoding="utf-8")
    curl = "curl -s -H 'content-type: application/json'"
    output.say(f"4. Serve it at {address} (documentation at {address}/docs). Ask it:\n")
    output.say(f"   {curl} {address}/predict -d @{one}")
    output.say(f"   {curl} {address}/predict/batch -d @{many}")
    output.say(f"   curl -s {address}/info\n")
    command = [sys.executable, "-m", "ratchet.cli", "-C", str(folder), "serve", "--open", "--port", str(port)]
    server = subprocess.Popen(command)
    try:
        if not once:
            output.say("Ctrl-C stops it.")
            server.wait()
            return
        _wait(address, server)
        for path, body in (("predict", one), ("predict/batch", many), ("info", None)):
            output.say(f"{path} answers:")
            output.console.print(_ask(f"{address}/{path}", body), markup=False)
    except KeyboardInterrupt:
        output.say(f"Stopped.  What was made lies in {folder}; the next demo begins afresh.")
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(timeout=30)


def _free(port: int) -> int:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(address: str, server: subprocess.Popen[bytes]) -> None:
    for _ in range(600):
        if server.poll() is not None:
            raise UnavailableError(
                f"the server stopped with exit code {server.returncode}", todo="read its words above"
            )
        try:
            _ask(f"{address}/health", None)
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise UnavailableError("the server did not get ready within a minute", todo="read its words above")


def _ask(url: str, body: Path | None) -> str:
    headers = {"content-type": "application/json"}
    request = urllib.request.Request(url, data=body.read_bytes() if body else None, headers=headers)
    with urllib.request.urlopen(request, timeout=30) as answer:  # nosec B310 # the address of our own server
        text: str = answer.read().decode()
    return text
