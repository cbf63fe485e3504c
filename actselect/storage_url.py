"""Addresses of databases, and how their passwords stay out of all that is written or shown.

An address is read as SQLAlchemy reads it: ``dialect://user:password@host:port/database?options``,
the password without ``@``.
"""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote

from actselect.exceptions import UsageError

_URL = re.compile(
    r"(?P<dialect>\w[\w+]*)://(?:(?P<user>[^:/]*)(?::(?P<password>[^@]*))?@)?(?P<rest>.*)",
    re.DOTALL,
)
_HOST = re.compile(r"(?:\[[^\]]*\]|[^:@]*)(?::[0-9]*)?")
_SECRET = r"password|passwd|pwd|sslpassword"  # noqa: S105 - names of options
_OPTION = re.compile(rf"(?<=[?&])(?:{_SECRET})=([^&]*)&?", re.IGNORECASE)
_ANY_URL = re.compile(r"(\b\w[\w+.-]*://[^\s:/@'\"]*):[^\s@'\"]*@(?:[^\s/?@'\"]*@)*")
_ANY_OPTION = re.compile(rf"\b({_SECRET})=(?:'[^']*'|[^\s&'\"]+)", re.IGNORECASE)
_SQLITE_FILE = re.compile(r"(sqlite(?:\+\w+)?:///)(?!/|:memory:|file:)([^?]+)(.*)", re.DOTALL)
QUOTED = "'\"'\"'"  # how a shell command holds a quotation mark between quotation marks


def check_url(url: str) -> None:
    """Refuse what is no address of a database; what it holds is not repeated.

    Raises:
        UsageError: it has no dialect, its port is no number, or its password has an ``@``.
    """
    found = _URL.fullmatch(url)
    if found is None:
        raise UsageError(
            "storage must be the address of a database, such as postgresql://user@host/database or "
            "sqlite:////folder/studies.db. Got something else."
        )
    host = re.split(r"[/?]", found["rest"], maxsplit=1)[0]
    if _HOST.fullmatch(host) is None:
        raise UsageError(
            "storage must have the form dialect://user:password@host:port/database with a number "
            "as the port; in the password, write %40 for @, %3A for : and %2F for /."
        )


def without_password(url: str) -> str:
    """Return an address that may be written down.

    >>> without_password("postgresql://me:secret@host:5432/db?sslmode=require&password=secret")
    'postgresql://me@host:5432/db?sslmode=require'
    """
    found = _URL.fullmatch(url)
    if found is None:
        return redacted(url)
    user = "" if found["user"] is None else found["user"] + "@"
    rest = _OPTION.sub("", found["rest"]).rstrip("?&")
    return f"{found['dialect']}://{user}{rest}"


def redacted(text: str, url: str | None = None) -> str:
    """Return a text without the passwords of the addresses in it.

    Args:
        text: such as a command or a message.
        url: an address that it may hold, however odd: in plain or quoted for a shell.

    >>> redacted("cannot open postgresql://me:secret@host/db (password=secret)")
    'cannot open postgresql://me@host/db (password=***'
    >>> redacted("--storage 'mysql://a:p q@h/d'", "mysql://a:p q@h/d")
    "--storage 'mysql://a@h/d'"
    """
    for form in () if url is None else (url, url.replace("'", QUOTED)):
        text = text.replace(form, without_password(form))
    return _ANY_OPTION.sub(r"\1=***", _ANY_URL.sub(r"\1@", text))


def passwords(url: str) -> tuple[str, ...]:
    """Return the passwords in an address, as they stand there and decoded, longest first."""
    found = _URL.fullmatch(url)
    if found is None:
        return ()
    held = [found["password"] or "", *_OPTION.findall(found["rest"])]
    forms = {form for text in held for form in (text, unquote(text)) if form}
    return tuple(sorted(forms, key=len, reverse=True))


def absolute(url: str) -> str:
    """Return an address that stays right when the working folder changes: a file of SQLite.

    >>> absolute("sqlite:////tmp/x.db"), absolute("postgresql://host/db")
    ('sqlite:////tmp/x.db', 'postgresql://host/db')
    """
    found = _SQLITE_FILE.fullmatch(url)
    return url if found is None else f"{found[1]}{Path(found[2]).absolute()}{found[3]}"
