"""`predict`, `serve`, `up`: answers."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

import ratchet
from ratchet.cli import completion, render
from ratchet.cli.render import Output
from ratchet.cli.rows import Json
from ratchet.errors import RatchetError, SpecError, file_to_write

Open = Annotated[bool, typer.Option("--open", help="Ask nobody for a key; only where no other machine can reach it.")]
Host = Annotated[str | None, typer.Option(help="The address to listen on.", show_default="127.0.0.1")]


def port_number(text: str | int) -> int:
    """A port as it was typed; raises `typer.BadParameter` for what is none."""
    try:
        number = int(text)
    except ValueError:
        number = -1
    if not 0 <= number <= 65_535:
        raise typer.BadParameter("a port is a whole number from 0 to 65535")
    return number


Port = Annotated[
    int | None,
    typer.Option(
        parser=port_number, metavar="0-65535", help="The port to listen on; 0 takes a free one.", show_default="8000"
    ),
]

Workers = Annotated[int, typer.Option(min=1, help="How many processes answer.")]

TlsCert = Annotated[
    Path | None, typer.Option(help="The server's certificate with its chain, in PEM: with its key, https is spoken.")
]
TlsKey = Annotated[Path | None, typer.Option(help="The key of that certificate, in PEM.")]
LogSample = Annotated[
    float, typer.Option(metavar="0-1", help="The share of requests without an error that json logs; failures always.")
]


class LogFormat(StrEnum):
    """What is written of requests."""

    TEXT = "text"
    JSON = "json"


LogAs = Annotated[LogFormat, typer.Option(help="json: a line for each request on standard error; text: none.")]


def predict(
    context: typer.Context,
    source: Annotated[str, typer.Argument(help="Rows to answer: a file, folder, glob or database URL.")],
    out: Annotated[
        Path,
        typer.Option(
            "--output",
            "-o",
            parser=file_to_write,
            metavar="FILE",
            help="Where the answers go (.csv, .jsonl or .parquet).",
        ),
    ],
    version: Annotated[
        str | None, typer.Option(help="A version; the champion by default.", autocompletion=completion.versions)
    ] = None,
    votes: Annotated[bool, typer.Option("--votes", help="Add what each member of an ensemble says by itself.")] = False,
    json: Json = False,
) -> None:
    """Answer every row of a file."""
    output = Output(json=json)
    with ratchet.open(context.obj) as classifier:
        with output.progress() as progress:
            scored = classifier.score(source, out, version=version, votes=votes, progress=progress)
        if votes and not scored.members:
            output.say("--votes adds nothing: the version that answered is no ensemble, so it has no members to ask")
        if scored.weighed:
            output.say("labels follow a decision threshold (ratchet show): one may have less confidence than the next")
        if json:
            output.document(scored)
        else:
            output.say(
                f"{scored.rows:,} rows answered in {out}" + (f", {scored.bad:,} set aside" if scored.bad else "")
            )


def serve(
    context: typer.Context,
    places: Annotated[
        list[Path] | None,
        typer.Argument(help="Folders with a ratchet.toml, or folders of such folders or of *.toml; here by default."),
    ] = None,
    default: Annotated[
        str | None, typer.Option(help="The classifier that answers without /v1/NAME; the only one by default.")
    ] = None,
    host: Host = None,
    port: Port = None,
    tls_cert: TlsCert = None,
    tls_key: TlsKey = None,
    workers: Workers = 1,
    log_format: LogAs = LogFormat.TEXT,
    log_sample: LogSample = 1.0,
    open: Open = False,
) -> None:
    """Serve the champions of one or several classifiers over HTTP until Ctrl-C."""
    output = Output()
    with ratchet.System.open(*(places or [context.obj]), default=default) as system:
        for bad in system.bad:
            output.say(f"ratchet: {bad}\nWhat to do: {bad.todo or 'mend it'}, then start the server again.")
        if system.bad:
            output.say(f"Served all the same: {', '.join(system.classifiers)}")
        _serve(
            output,
            system,
            ratchet.Settings(root=context.obj),
            host,
            port,
            (tls_cert, tls_key),
            (log_format, log_sample),
            workers=workers,
            open=open,
        )


def up(
    context: typer.Context,
    data: Annotated[str, typer.Argument(help="The table to learn from.")],
    label: Annotated[str, typer.Option("--label", "-l", help="The column to learn.")],
    host: Host = None,
    port: Port = None,
    tls_cert: TlsCert = None,
    tls_key: TlsKey = None,
    log_format: LogAs = LogFormat.TEXT,
    log_sample: LogSample = 1.0,
    open: Open = False,
) -> None:
    """From a table to a served champion: infer the spec, take the rows in, train, judge, serve until Ctrl-C."""
    output = Output()
    if not (context.obj / "ratchet.toml").exists():
        for note in ratchet.init(data, label, root=context.obj).notes:
            output.say(note)
        output.say("ratchet.toml written: what is learned, from which columns, and what better means")
    with ratchet.open(context.obj) as classifier:
        if label != classifier.spec.label:
            raise SpecError(
                f"ratchet.toml here learns '{classifier.spec.label}', not '{label}'",
                todo="learn it in another folder (ratchet -C FOLDER up ...), or delete ratchet.toml to begin anew here",
            )
        with output.progress() as progress:
            decision = classifier.train(data, progress=progress)
        render.report(output.console, classifier.show(decision.version))
        _serve(
            output,
            ratchet.System([classifier]),
            classifier.settings,
            host,
            port,
            (tls_cert, tls_key),
            (log_format, log_sample),
            open=open,
        )


def _serve(
    output: Output,
    system: ratchet.System,
    settings: ratchet.Settings,
    host: str | None,
    port: int | None,
    tls: tuple[Path | None, Path | None],
    log: tuple[LogFormat, float],
    *,
    workers: int = 1,
    open: bool,
) -> None:
    """Serve until told to stop; said first is what cannot answer yet, which goes live by itself once it can."""
    silent = [each for each in system.classifiers.values() if not _has_champion(each)]
    for each in silent:
        output.say(unanswered(each))
    port = settings.port if port is None else port
    cert, key = tls if any(tls) else (settings.tls_cert, settings.tls_key)
    announce = _wait(output) if len(silent) == len(system.classifiers) else None
    ratchet.serve(
        system,
        host or settings.host,
        port,
        open=open,
        announce=announce,
        tls_cert=cert,
        tls_key=key,
        workers=workers,
        log_format=log[0].value,
        log_sample=log[1],
    )
    output.say("Stopped in good order: no request was left unanswered.")


def _wait(output: Output) -> Callable[[str], None]:
    return lambda address: output.say(
        f"Ratchet listens at {address} and answers nothing yet: a champion goes live there by itself.  Ctrl-C stops it."
    )


def _has_champion(classifier: ratchet.Classifier) -> bool:
    try:
        return classifier.champion() is not None
    except RatchetError:  # its database is away: the server says what it then finds
        return True


_TO_TRAIN = "What to do: ratchet train (after ratchet ingest DATA, where no rows were taken in yet)"


def unanswered(classifier: ratchet.Classifier) -> str:
    """Why a classifier without a champion answers nothing, and what to type."""
    made = classifier.versions()
    if not made:
        return f"{classifier.name} cannot answer: nothing was trained yet.\n{_TO_TRAIN}"
    number, decision = made[0].number, made[0].decision
    if made[0].stage == "challenger":
        todo = f"ratchet promote {number} makes it champion"
    else:
        todo = f"ratchet train MORE_ROWS; ratchet show {number} says what version {number} lacks"
    return f"{classifier.name} cannot answer: no version is champion.  {decision.sentence}\nWhat to do: {todo}"
