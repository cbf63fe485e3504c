"""A Python that reaches no other machine: tests/conftest.py loads this, and so does every Python
that has this folder on its path.

What is tried is refused as on a machine without a network, and noted: in ``REACHED``, and in the
file that ``ACTSELECT_TEST_REACHED`` names.  Sockets of C libraries are not seen.
"""

from __future__ import annotations

import errno
import os
import socket
import sys
from ipaddress import ip_address

OWN = ("", "localhost", "0.0.0.0", "::", socket.gethostname())  # noqa: S104 - nothing is bound
RESERVED = (".localhost", ".invalid", ".test", ".example")  # RFC 2606: names of no machine
REACHED: list[str] = []


def guard(event: str, arguments: tuple[object, ...]) -> None:
    """Refuse what would leave this machine; an audit hook, see PEP 578."""
    if event in {"socket.connect", "socket.sendto"}:
        kind, address = arguments[0], arguments[1]
        assert isinstance(kind, socket.socket)
        if event == "socket.connect" and kind.type == socket.SOCK_DGRAM:  # that sends nothing
            return
        if kind.family in {socket.AF_INET, socket.AF_INET6} and not _here(_host(address)):
            _refuse(f"{event} {address}")
            raise ConnectionRefusedError(errno.ENETUNREACH, "tests have no network")
    elif event in {"socket.getaddrinfo", "socket.gethostbyname"}:
        host = _text(arguments[0])
        if not (host in OWN or host.endswith(RESERVED) or _is_address(host)):
            _refuse(f"{event} {host}")
            raise socket.gaierror(socket.EAI_AGAIN, "tests have no network")


def _host(address: object) -> str:
    assert isinstance(address, tuple)
    return _text(address[0])


def _text(host: object) -> str:
    return host.decode() if isinstance(host, bytes) else str(host or "")


def _is_address(host: str) -> bool:
    try:
        ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return True


def _here(host: str) -> bool:
    """Whether an address is one of this machine: what goes there comes from there."""
    if not _is_address(host):
        return host in OWN or host.endswith(RESERVED)
    address = ip_address(host.partition("%")[0])
    if address.is_loopback or address.is_unspecified:
        return True
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((host, 9))
        except OSError:
            return False
        return bool(probe.getsockname()[0] == host)


def _refuse(what: str) -> None:
    REACHED.append(what)
    file = os.environ.get("ACTSELECT_TEST_REACHED")
    if file:
        with open(file, "a", encoding="utf-8") as log:  # noqa: PTH123 - before anything is loaded
            log.write(f"{what}\n")


sys.addaudithook(guard)
