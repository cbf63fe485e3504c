"""The report: everything that any rendering says."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from actselect.records._measured import DiagnosticsRecord
from actselect.records._scores import Estimate, MetricRecord
from actselect.records._search import ConfirmationRecord, LearningRatePoint, ScreeningRecord
from actselect.records._shown import ExamplesRecord, GuideRecord

SCHEMA_VERSION = 1

VerdictKind = Literal["winner", "tie", "undecided", "baseline"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetRecord:
    """What the study was made from; ``length`` is the median number of steps of a sequence."""

    name: str
    sha256: str
    sequences: int
    length: int
    length_min: int
    length_max: int
    features: tuple[str, ...]
    target: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Needed:
    """What a decision would still cost; None where no amount of repeats is foreseen to help."""

    repeats: int | None = None
    seconds: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictRecord:
    """The answer in one sentence, with what it rests on.

    ``margin`` is the practical margin in the metric's unit; differences below it do not matter.
    """

    kind: VerdictKind
    sentence: str
    margin: float
    confidence: float
    needed: Needed = field(default_factory=Needed)


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerRecord:
    """See :class:`actselect.architecture.LayerSpec`."""

    activation: str
    recurrent_activation: str | None
    output_activation: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchitectureRecord:
    """See :class:`actselect.architecture.Architecture`."""

    cell: str
    num_layers: int
    hidden_size: int
    layers: tuple[LayerRecord, ...]
    head_activation: str
    bidirectional: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RankedRecord:
    """One row of the ranking: a confirmed architecture.

    ``train_ms_per_step`` is one optimiser step; ``diverged`` counts confirmation repeats that
    diverged; ``reason`` says in words why the row stands where it stands.
    """

    rank: int
    tier: int
    architecture: ArchitectureRecord
    label: str
    learning_rate: float
    validation: Estimate
    probability_best: float
    parameters: int
    train_ms_per_step: float
    infer_ms_per_sequence: float
    diverged: int
    reason: str
    default: bool = False
    learning_rates: tuple[LearningRatePoint, ...] = ()
    diagnostics: DiagnosticsRecord | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselineRecord:
    """A model that every recommendation must beat."""

    name: str
    validation: Estimate
    test: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TestScore:
    """One model's score on the test split, with its interval over test examples."""

    label: str
    mean: float
    low: float
    high: float

    __test__ = False  # not a pytest class


@dataclass(frozen=True, slots=True, kw_only=True)
class TestRecord:
    """The one look at the test split; None where there was nothing to score."""

    recommended: TestScore | None
    default: TestScore | None
    baseline: TestScore | None
    examples: int
    openings: int

    __test__ = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """The validation score to expect of the recommended architecture, corrected for selection.

    ``optimism`` is how much better than that its plain mean is, in the metric's unit: what it owes
    to having been picked for its scores.  ``low`` and ``high`` are None below two repeats.
    """

    mean: float
    low: float | None
    high: float | None
    optimism: float


@dataclass(frozen=True, slots=True, kw_only=True)
class AARecord:
    """What a duplicate of a default says about the tool itself, on these data.

    ``label`` was trained twice on each of ``repeats`` repeats, from other initial weights;
    ``claimed`` says whether the two were called different.  Of ``studies`` studies of equal
    architectures, resampled from their differences, ``false_claims`` called some of them better;
    ``upper`` is the upper 95 % bound of that rate.
    """

    label: str
    repeats: int
    claimed: bool
    studies: int
    false_claims: int
    upper: float


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetRecord:
    """``kind`` "time": seconds of wall time; "epochs": training epochs over the whole study."""

    kind: Literal["time", "epochs"]
    amount: float
    spent: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SeedsRecord:
    """The root seed, and the repeats of the confirmation (streams are named by repeat)."""

    root: int
    repeats: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvironmentRecord:
    """Where the study ran."""

    python: str
    platform: str
    torch: str
    optuna: str
    numpy: str
    backend: str
    workers: int
    peak_memory_mb: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportRecord:
    """The whole report: everything that any rendering says.

    ``outlook`` is what could be concluded at best, as it was told before the study began.
    """

    schema_version: int
    actselect_version: str
    created: str
    task: str
    metric: MetricRecord
    dataset: DatasetRecord
    verdict: VerdictRecord
    ranking: tuple[RankedRecord, ...]
    baselines: tuple[BaselineRecord, ...]
    test: TestRecord
    screening: ScreeningRecord
    confirmation: ConfirmationRecord
    guide: GuideRecord
    budget: BudgetRecord
    seeds: SeedsRecord
    environment: EnvironmentRecord
    options: dict[str, str | int | float | bool | list[str] | list[int] | list[float] | None]
    command: str
    notes: tuple[str, ...] = ()
    outlook: tuple[str, ...] = ()
    expected: Expected | None = None
    aa: AARecord | None = None
    examples: ExamplesRecord | None = None
