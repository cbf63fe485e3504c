"""Requests: what cannot be asked, and what is kept."""

from __future__ import annotations

import pytest

from actselect.exceptions import StudyError, UsageError
from actselect.planning import least_epochs
from actselect.request import Request


def test_a_request_survives_json() -> None:
    """All options come back, sequences as tuples."""
    request = Request(source="x.csv", task="forecasting", cells=("rnn",), depths=(1, 2), margin=0.1)

    assert Request.from_dict(request.to_dict()) == request


def test_a_time_budget_that_epochs_replace_is_not_reported() -> None:
    """The default of five minutes did not hold."""
    request = Request(source=None, task="regression", epochs_budget=least_epochs())

    assert request.to_dict(effective=True)["budget"] is None
    assert request.budget_kind == "epochs"


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ({"budget": "soon"}, "90s, 5m or 1h30m"),
        ({"epochs_budget": 10}, "at least"),
        ({"workers": -1}, "at least 0"),
        ({"random_state": -1}, "from 0"),
        ({"margin": -0.1}, "not be negative"),
        ({"storage": "me:secret@host/db"}, "must be the address"),
        ({"storage": "postgresql://me:secret@again@host/db"}, "%40 for @"),
        ({"storage": "postgresql://me:secret"}, "a number"),
    ],
)
def test_what_makes_no_sense_is_refused_at_once(option: dict[str, object], message: str) -> None:
    """Before any data are read; and a password is not repeated."""
    with pytest.raises(UsageError, match=message) as caught:
        Request(source=None, task="forecasting", **option)
    assert "secret" not in str(caught.value)


def test_a_password_is_used_and_not_kept() -> None:
    """Neither as JSON nor where a request is printed."""
    url = "postgresql://me:secret@host/db?sslpassword=secret&sslmode=require"
    request = Request(source=None, task="forecasting", storage=url)

    assert request.storage == url
    assert request.to_dict()["storage"] == "postgresql://me@host/db?sslmode=require"
    assert "secret" not in repr(request)


def test_options_of_another_version_are_refused() -> None:
    """Rather than ignored."""
    with pytest.raises(StudyError, match="telepathy"):
        Request.from_dict({"source": None, "task": "forecasting", "telepathy": True})
