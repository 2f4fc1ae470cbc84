"""The server: from classifiers to an address that answers."""

from __future__ import annotations

import gc
import ipaddress
import signal
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import uvicorn

from ratchet import platforms
from ratchet.access.keys import NewKey
from ratchet.access.listening import first_key, is_this_machine, refuse_open, refuse_without_keys
from ratchet.classifier import Classifier
from ratchet.errors import SettingsError
from ratchet.system import System, SystemHealth
from ratchet.web.access_log import LogFormat, checked_share
from ratchet.web.app import App, create
from ratchet.web.asgi import Asgi
from ratchet.web.clients import Clients
from ratchet.web.peers import Peers
from ratchet.web.protocol import Protocol
from ratchet.web.tls import Certificate, certificate
from ratchet.web.workers import Keeper

platforms.require()

GRACE_SECONDS = 20
"""How long requests in flight may take to end once the server is told to stop.

Those that have not are answered with 503.  What then remains to be done ends within 30 seconds from the signal, after
which managers of containers kill: `ratchet.web.tending.LAST_SECONDS` for tending,
`ratchet.predictions.log.CLOSE_SECONDS` for the log.
"""
_TICKS, _LOOK_SECONDS = 10, 1.0
"""uvicorn ticks ten times a second."""


class Server(uvicorn.Server):
    """uvicorn with connections that keep to limits (`ratchet.web.protocol`); calls ``begun`` once it answers."""

    def __init__(
        self,
        app: Asgi,
        begun: Callable[[], None] = lambda: None,
        *,
        log_level: str = "warning",
        tls: Certificate | None = None,
    ) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                interface="asgi3",
                http=Protocol,
                ws="none",
                log_level=log_level,
                use_colors=False,  # to find out, it would ask standard output, which may be closed
                access_log=False,
                server_header=False,
                proxy_headers=False,
                timeout_keep_alive=75,
                timeout_graceful_shutdown=GRACE_SECONDS,
                ssl_context_factory=None if tls is None else lambda _, __: tls.context,
            )
        )
        self._begun = begun
        self._tls = tls

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._begun()

    async def on_tick(self, counter: int) -> bool:
        if counter % _TICKS == 0:
            if self._tls is not None:
                self._tls.renew()
            for each in list(self.server_state.connections):
                if isinstance(each, Protocol):
                    each.look(_LOOK_SECONDS)
        return await super().on_tick(counter)


def serve(
    served: System | Classifier,
    host: str = "127.0.0.1",
    port: int = 8000,
    *,
    open: bool = False,
    announce: Callable[[str], None] | None = None,
    tls_cert: Path | None = None,
    tls_key: Path | None = None,
    workers: int = 1,
    log_format: LogFormat = "text",
    log_sample: float = 1.0,
) -> None:
    """Answer for classifiers until Ctrl-C or SIGTERM; then end what is in flight and return.  They stay open.

    Who asks needs a key (`System.access`).  Where there is none yet, a first one for an admin is made and printed on
    standard error, if only this machine can reach the server; with ``open``, which only such a server may be, nobody
    needs one.  ``port`` 0 takes a free one.  ``announce`` is called with the address (one of this machine's, where
    ``host`` means all) once the server listens; by default a line on standard error says whether anything can be
    answered there.  Raises `SettingsError` for an address beyond this machine while there is no key, or with ``open``,
    for a port that is taken, and for a certificate that will not do.  ``tls_cert`` and ``tls_key`` are files in PEM:
    with them the server speaks https, TLS 1.2 or newer, and takes renewed ones up while it runs.  With ``log_format``
    ``"json"``, standard error has a line for each request that failed and for the share ``log_sample`` of the others.

    With several ``workers`` as many processes answer, each of which opens the system anew; one that dies is replaced.
    That takes a system that `System.open` opened, else raises `SettingsError`; `UnavailableError` where they end before
    they answer.
    """
    log = checked_share(log_sample) if log_format == "json" else None
    tls = certificate(tls_cert, tls_key)
    system = served if isinstance(served, System) else System([served])
    if workers > 1 and system.again is None:
        raise SettingsError(
            f"{workers} workers for classifiers that this process has opened",
            todo="open them with System.open, so that each worker can open them too",
        )
    if open:
        refuse_open(host)
    else:
        refuse_without_keys(host, system.access.keys)
    sockets = _listen(host, port, workers)
    try:
        first = None if open else first_key(system.access.keys)
        if first is not None:
            print(_said_of_first(first), file=sys.stderr, flush=True)
        address = _address(sockets[0], "http" if tls is None else "https")

        def begun(health: SystemHealth) -> None:
            _print_notices(tls)
            _print_greeting(address, health) if announce is None else announce(address)
            if _is_all(sockets[0].getsockname()[0]):
                print("ratchet: it listens on every address of this machine", file=sys.stderr, flush=True)

        if workers == 1:
            _run(_application(system, host, open=open, log=log), sockets[0], lambda: begun(system.health()), tls)
        else:
            told = {"again": system.again, "host": host, "open": open, "log": log, "tls": (tls_cert, tls_key)}
            Keeper(_answer, sockets, told).run(begun)
    finally:
        for each in sockets:
            each.close()


def _answer(
    listening: socket.socket,
    folder: Path,
    begun: Callable[[SystemHealth], None],
    *,
    again: Callable[[], System],
    host: str,
    open: bool,
    log: float | None,
    tls: tuple[Path | None, Path | None],
) -> None:
    """What one of several workers does: it opens the system anew, and answers until SIGTERM."""
    with again() as system:
        app = _application(system, host, open=open, log=log, peers=Peers(folder))
        _run(app, listening, lambda: begun(system.health()), certificate(*tls))


def _application(system: System, host: str, *, open: bool, log: float | None, peers: Peers | None = None) -> App:
    settings = system.settings
    return create(
        system,
        None if open else system.access,
        clients=Clients(settings.proxy_networks, settings.near_networks),
        hosts=[] if is_this_machine(host) else [host],
        root_path=settings.root_path,
        peers=peers,
        log=log,
    )


def _listen(host: str, port: int, workers: int) -> list[socket.socket]:
    """A socket for each worker, all at one address; where the system does not share it out, all have the same one.

    Raises `SettingsError` where somebody else has the address.
    """
    first = _socket(host, port)
    if workers == 1 or not hasattr(socket, "SO_REUSEPORT") or sys.platform == "darwin":
        return [_heard(first)] * workers
    # The first, which shares with nobody, has found out that the address is free.
    port = first.getsockname()[1]
    first.close()
    return [_heard(_socket(host, port, shared=True)) for _ in range(workers)]


def _heard(listening: socket.socket) -> socket.socket:
    listening.listen(2048)
    listening.set_inheritable(False)
    return listening


def _socket(host: str, port: int, *, shared: bool = False) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if shared:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        listening.bind((host, port))
    except (OSError, OverflowError, TypeError, UnicodeError) as error:
        listening.close()
        reason = str(error.strerror) if isinstance(error, OSError) else "no host can be called so"
        if isinstance(error, OverflowError):
            reason = "ports go from 0 to 65535"
        raise SettingsError(
            f"cannot listen on {host}:{port}: {reason}", todo="choose another --port; 0 takes a free one"
        ) from None
    return listening


def _run(app: App, listening: socket.socket, announce: Callable[[], None], tls: Certificate | None) -> None:
    def begun() -> None:
        gc.collect()
        gc.freeze()  # what is loaded by now stays: looking through it again and again would hold up requests
        announce()

    # The log is shipped in a thread: it must not keep a request waiting for five milliseconds, Python's default.
    sys.setswitchinterval(0.0005)
    with _SignalsEnd():
        Server(app, begun, tls=tls).run(sockets=[listening])


class _SignalsEnd:
    """uvicorn sends itself again the signal that stopped it; here it has done its work by then."""

    def __enter__(self) -> None:
        self._before: dict[int, Any] = {}
        try:
            for number in (signal.SIGINT, signal.SIGTERM):
                self._before[number] = signal.signal(number, signal.SIG_IGN)
        except ValueError:
            return  # not in the main thread, where signals are somebody else's

    def __exit__(self, *exc: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)


def _address(listening: socket.socket, scheme: str) -> str:
    """An address that a person can open: one of this machine, where the server listens on all."""
    host, port = listening.getsockname()[:2]
    if _is_all(host):
        host = _own_address(listening.family)
    return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"


def _is_all(host: str) -> bool:
    return ipaddress.ip_address(host.partition("%")[0]).is_unspecified


def _own_address(family: int) -> str:
    """The address that this machine is known by to those it is connected to; its loopback where it is to nobody."""
    v6 = family == socket.AF_INET6
    with socket.socket(family, socket.SOCK_DGRAM) as asking:
        try:
            asking.connect(("2001:db8::1" if v6 else "192.0.2.1", 9))  # nothing is sent: the route says which it is
            return str(asking.getsockname()[0])
        except OSError:
            return "::1" if v6 else "127.0.0.1"


def greeting(address: str, health: SystemHealth) -> str:
    """What a server says once it listens: that it answers, or why it cannot yet, and what to type."""
    if health.ready:
        return f"Ratchet answers at {address} (try {address}/docs).  Ctrl-C stops it."
    return (
        f"Ratchet listens at {address}; nothing can be answered yet: {'; '.join(health.problems)}; "
        "type: ratchet train (after ratchet ingest TABLE), and ratchet show to see what the gate decided.  "
        "Ctrl-C stops it."
    )


def _said_of_first(first: NewKey) -> str:
    """What tells the one who started a server of the key that was made for them."""
    return (
        f"The first key, for you as admin, shown this once: {first.secret}\n"
        "Send it as Authorization: Bearer KEY; ratchet keys add NAME makes one for somebody else, "
        "and --open serves this machine without keys."
    )


def _print_greeting(address: str, health: SystemHealth) -> None:
    print(greeting(address, health), file=sys.stderr, flush=True)


def _print_notices(tls: Certificate | None) -> None:
    for each in [] if tls is None else tls.notices:
        print(f"ratchet: {each}", file=sys.stderr, flush=True)
