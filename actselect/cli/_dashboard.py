"""``actselect dashboard``: the Optuna study of a study in a browser, on this machine, read-only.

What is served is a copy, so nothing that is sent can change the study.  Beside that only reading is
answered, and only where the address names this machine: a page of another site that has its own
name point here (DNS rebinding) gets nothing.  What is shown may come from somebody else's study: a
page may ask this server only, whatever a trial holds.
"""

from __future__ import annotations

import errno
import os
import sqlite3
import tempfile
import webbrowser
from collections.abc import Callable, Iterable
from contextlib import closing
from pathlib import Path
from socketserver import TCPServer, ThreadingMixIn
from typing import Any, final
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import click

from actselect.cli._output import print_text
from actselect.exceptions import MissingExtraError, StudyError, UsageError
from actselect.folder import StudyFolder

HOST = "127.0.0.1"
PORT = 8080  # that of optuna-dashboard
READING = ("GET", "HEAD", "OPTIONS")
POLICY = (
    "default-src 'self' data: blob:; script-src 'self' 'wasm-unsafe-eval'; "
    "style-src 'self' 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS = (  # pages of other sites may neither frame nor include this one, nor does it ask them
    ("Content-Security-Policy", POLICY),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Referrer-Policy", "no-referrer"),
    ("X-Content-Type-Options", "nosniff"),
)
UNUSABLE = (errno.EADDRINUSE, errno.EACCES, errno.EADDRNOTAVAIL)


@click.command()
@click.argument("study", metavar="STUDY")
@click.option(
    "--port", metavar="N", type=click.IntRange(0, 65535), default=PORT, show_default=True,
    help="Port on this machine; 0: any that is free.",
)  # fmt: skip
@click.option("--no-browser", is_flag=True, help="Only print the address.")
def dashboard(study: str, *, port: int, no_browser: bool) -> None:
    """Look at the trials of a finished study in a browser, with optuna-dashboard.

    STUDY is the folder of the study. Everything is read-only and a copy. It answers this machine
    alone, all users of it; Ctrl-C ends it.

    \b
    Example:
      actselect dashboard studies/airpassengers-forecasting
    """
    database = _database(study)
    with tempfile.TemporaryDirectory(prefix="actselect-dashboard-") as folder:
        copy = Path(folder) / "study.db"
        _copy(database, copy)
        with _bind(port) as server:
            server.set_app(read_only(_application(copy), server.server_port))
            address = f"http://{HOST}:{server.server_port}/"
            print_text(f"The trials of {study}, read-only: {address}\nCtrl-C ends it.")
            if not no_browser:
                webbrowser.open(address)
            server.serve_forever()


def read_only(application: WSGIApplication, port: int) -> WSGIApplication:
    """Return the application, answering nothing but reading, and only under a name of this machine.

    Args:
        application: what is protected.
        port: that it is served on.
    """
    names = {f"{name}:{port}" for name in (HOST, "localhost")}
    if port == 80:
        names |= {HOST, "localhost"}

    def guarded(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        if environ.get("HTTP_HOST", "").lower() not in names:
            return _refuse(start, "403 Forbidden", [])
        if environ["REQUEST_METHOD"] not in READING:
            return _refuse(start, "405 Method Not Allowed", [("Allow", ", ".join(READING))])
        return application(environ, _strict(start))

    return guarded


def _strict(start: StartResponse) -> StartResponse:
    """Return what begins an answer, with HEADERS."""

    def begin(
        status: str, headers: list[tuple[str, str]], exc_info: Any = None, /,  # noqa: ANN401
    ) -> Callable[[bytes], object]:  # fmt: skip
        return start(status, [*headers, *HEADERS], exc_info)

    return begin


def _refuse(start: StartResponse, status: str, headers: list[tuple[str, str]]) -> Iterable[bytes]:
    text = f"{status}: this dashboard only shows, and only on this machine.\n".encode()
    kind = ("Content-Type", "text/plain; charset=utf-8")
    start(status, [kind, ("Content-Length", str(len(text))), *headers])
    return [text]


@final
class _Server(ThreadingMixIn, WSGIServer):
    """One thread for each request: browsers open connections that they do not use."""

    daemon_threads = True
    allow_reuse_address = os.name == "posix"  # elsewhere it lets two programs share a port

    def server_bind(self) -> None:
        """Bind without asking a name server what this machine is called."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = HOST, self.server_address[1]
        self.setup_environ()


@final
class _Handler(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - as declared there
        """Say nothing."""


def _bind(port: int) -> _Server:
    try:
        return _Server((HOST, port), _Handler)
    except OSError as error:
        if error.errno not in UNUSABLE:
            raise
        raise UsageError(
            f"Port {port} cannot be used ({error.strerror}). Choose another with --port N, or "
            "--port 0 for any that is free."
        ) from error


def _database(study: str) -> Path:
    folder = StudyFolder.open(study)
    if not folder.report.is_file():
        raise StudyError(
            f"{study} is not finished. Type: actselect resume {study}, to finish it first."
        )
    if not folder.database.is_file():
        raise StudyError(
            f"{study} has no study.db. If it was made with --storage, its trials are there: type "
            "optuna-dashboard with that address."
        )
    return folder.database


def _copy(database: Path, target: Path) -> None:
    """Copy a database that is opened for reading alone."""
    try:
        with (
            closing(sqlite3.connect(f"{database.resolve().as_uri()}?mode=ro", uri=True)) as source,
            closing(sqlite3.connect(target)) as copy,
        ):
            source.backup(copy)
    except sqlite3.Error as error:
        raise StudyError(f"{database} cannot be read as an Optuna study ({error}).") from error


def _application(copy: Path) -> WSGIApplication:
    try:
        import optuna_dashboard
    except ImportError as error:
        raise MissingExtraError("actselect dashboard", "dashboard") from error
    application: WSGIApplication = optuna_dashboard.wsgi(f"sqlite:///{copy}")
    return application
