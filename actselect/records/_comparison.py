"""Studies side by side: what ``actselect compare`` says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from actselect.records._report import BaselineRecord, BudgetRecord, TestScore, VerdictKind
from actselect.records._scores import Estimate, MetricRecord

COMPARISON_VERSION = 1  # of the JSON of a comparison

Outcome = Literal["first", "second", "equal", "identical", "undecided"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedStudy:
    """One study of a comparison: what its report says, on one row.

    ``default`` is the default LSTM and ``baseline`` the best baseline on validation data; None
    where none was confirmed.  ``epochs`` is what one training of the confirmation had at most,
    ``trained`` what all of screening and confirmation took.  ``architectures`` were confirmed, on
    ``repeats`` repeats.
    """

    name: str
    data: str
    sha256: str
    task: str
    metric: MetricRecord
    kind: VerdictKind
    sentence: str
    recommended: str
    validation: Estimate
    test: TestScore | None
    baseline: BaselineRecord | None
    default: str | None
    default_validation: Estimate | None
    default_test: TestScore | None
    parameters: int
    train_ms_per_step: float
    infer_ms_per_sequence: float
    budget: BudgetRecord
    epochs: int
    trained: int
    architectures: int
    repeats: int
    seed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PairRecord:
    """Two architectures of two studies on the repeats that both ran.

    ``first`` and ``second`` are names of studies; ``of`` says whether these are the recommended
    architectures or those of the best mean.  ``ahead`` is by how much the first is better, in the
    metric's unit and positive whichever way is better, with its corrected 90 % interval.  ``p`` is
    of the claim that is nearest to being shown, corrected for repeated looks, for the choice of
    both architectures and for the number of comparisons; None where nothing was tested.
    """

    first: str
    second: str
    of: Literal["recommended", "best"]
    labels: tuple[str, str]
    ahead: Estimate
    p: float | None
    outcome: Outcome
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparisonRecord:
    """Studies side by side.

    ``sentence`` is the answer; ``unpaired`` says of which studies no difference is claimed and why;
    ``cautions`` what a reader must know before believing a difference.  ``margin`` is the practical
    margin of the pairs, None without any.
    """

    schema_version: int
    sentence: str
    studies: tuple[ComparedStudy, ...]
    pairs: tuple[PairRecord, ...]
    unpaired: tuple[str, ...]
    cautions: tuple[str, ...]
    margin: float | None
    confidence: float
