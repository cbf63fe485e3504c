"""What a user asks for: every option of a study, as plain values that JSON can hold."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Self, final

from actselect.exceptions import StudyError, UsageError
from actselect.planning import BudgetKind, Match, least_epochs, parse_duration
from actselect.report.language import translator
from actselect.storage_url import check_url, without_password

MAX_SEED = 2**63 - 1
MOST_EPOCHS = 10**12  # thirty thousand years of the fastest training: a slip of the keyboard
MOST_WORKERS = 4096  # four times what has been simulated: so is this


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """The options of :func:`actselect.recommend`; see there.

    Args:
        source: path or built-in name; None when the data came from memory.
    """

    source: str | None
    task: str
    target: str | None = None
    time: str | None = None
    series: str | None = None
    group: str | None = None
    features: tuple[str, ...] | None = None
    horizon: int | None = None
    lookback: int | None = None
    period: int | None = None
    test_data: str | None = None
    validation_data: str | None = None
    tokenizer: str | None = None
    images: str | None = None
    multilabel: bool = False
    format: str | None = None
    quantiles: tuple[float, ...] | None = None
    metric: str | None = None
    space: str = "small"
    cells: tuple[str, ...] | None = None
    activations: tuple[str, ...] | None = None
    recurrent_activations: tuple[str, ...] | None = None
    output_activations: tuple[str, ...] | None = None
    head_activations: tuple[str, ...] | None = None
    depths: tuple[int, ...] | None = None
    mix: bool | None = None
    bidirectional: bool | None = None
    match: Match = "parameters"
    hidden_size: int | None = None
    budget: str = "5m"
    epochs_budget: int | None = None
    workers: int | None = None
    random_state: int = 0
    margin: float | None = None
    check_aa: bool = False
    storage: str | None = field(default=None, repr=False)  # may hold a password
    backend: str = "auto"
    language: str = "en"

    def __post_init__(self) -> None:
        parse_duration(self.budget)
        if self.epochs_budget is not None and self.epochs_budget < least_epochs():
            raise UsageError(
                f"epochs_budget must be at least {least_epochs()}: fewer epochs allow no verdict. "
                f"Got {self.epochs_budget}."
            )
        if self.epochs_budget is not None and self.epochs_budget > MOST_EPOCHS:
            raise UsageError(
                f"epochs_budget must be at most {MOST_EPOCHS}. Got {self.epochs_budget}."
            )
        if self.workers is not None and not 0 <= self.workers <= MOST_WORKERS:
            raise UsageError(
                f"workers must be at least 0, and at most {MOST_WORKERS}. Got {self.workers}."
            )
        if not 0 <= self.random_state <= MAX_SEED:
            raise UsageError(f"random_state must be from 0 to 2^63 - 1. Got {self.random_state}.")
        if self.storage is not None:
            check_url(self.storage)
        translator(self.language)
        if self.margin is not None and not 0 <= self.margin < float("inf"):
            raise UsageError(f"margin must be finite, and must not be negative. Got {self.margin}.")

    @property
    def budget_kind(self) -> BudgetKind:
        """``"epochs"`` when an epoch budget was given."""
        return "time" if self.epochs_budget is None else "epochs"

    @property
    def budget_amount(self) -> float:
        """Seconds or epochs."""
        return parse_duration(self.budget) if self.epochs_budget is None else self.epochs_budget

    @property
    def columns(self) -> dict[str, Any]:
        """How data of this study are read, but for test and validation data: for ``load``."""
        names = (
            "target", "time", "series", "group", "features", "tokenizer", "images", "multilabel",
            "format",
        )  # fmt: skip
        return {name: getattr(self, name) for name in names}

    @property
    def task_options(self) -> dict[str, Any]:
        """What only some tasks take: for ``bind``."""
        names = ("metric", "horizon", "lookback", "period", "quantiles")
        return {name: getattr(self, name) for name in names}

    def to_dict(self, *, effective: bool = False) -> dict[str, Any]:
        """Return plain values without passwords; ``effective``: no budget that epochs replaced."""
        values = asdict(self)
        if self.storage is not None:
            values["storage"] = without_password(self.storage)
        if effective and self.epochs_budget is not None:
            values["budget"] = None
        return {k: list(v) if isinstance(v, tuple) else v for k, v in values.items()}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Return the request that :meth:`to_dict` wrote.

        Raises:
            StudyError: there are unknown options, so another version wrote it, or an option has
                not the type it should have.
        """
        from pydantic import TypeAdapter, ValidationError

        known = {f.name for f in fields(cls)}
        if unknown := set(values) - known:
            raise StudyError(f"Options of another version of actselect: {sorted(unknown)}.")
        try:
            plain = json.dumps(dict(values))
            return TypeAdapter(cls).validate_json(plain, strict=True)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            where = ".".join(map(str, first["loc"])) or "the options"
            raise StudyError(f"study.json is damaged: {where}: {first['msg']}.") from error
