"""Frozen records that cross borders: between stages, processes, and the disk.

A report is :class:`ReportRecord` and nothing else; terminal, Markdown and HTML render it.
Field names are those of ``report.json``.  Scores are in the metric's own unit; times are seconds
unless the name says ``ms``.
"""

from __future__ import annotations

from actselect.records._comparison import COMPARISON_VERSION as COMPARISON_VERSION
from actselect.records._comparison import ComparedStudy as ComparedStudy
from actselect.records._comparison import ComparisonRecord as ComparisonRecord
from actselect.records._comparison import Outcome as Outcome
from actselect.records._comparison import PairRecord as PairRecord
from actselect.records._measured import CostRecord as CostRecord
from actselect.records._measured import DiagnosticsRecord as DiagnosticsRecord
from actselect.records._measured import GradientRecord as GradientRecord
from actselect.records._measured import UnitsRecord as UnitsRecord
from actselect.records._report import SCHEMA_VERSION as SCHEMA_VERSION
from actselect.records._report import AARecord as AARecord
from actselect.records._report import ArchitectureRecord as ArchitectureRecord
from actselect.records._report import BaselineRecord as BaselineRecord
from actselect.records._report import BudgetRecord as BudgetRecord
from actselect.records._report import DatasetRecord as DatasetRecord
from actselect.records._report import EnvironmentRecord as EnvironmentRecord
from actselect.records._report import Expected as Expected
from actselect.records._report import LayerRecord as LayerRecord
from actselect.records._report import Needed as Needed
from actselect.records._report import RankedRecord as RankedRecord
from actselect.records._report import ReportRecord as ReportRecord
from actselect.records._report import SeedsRecord as SeedsRecord
from actselect.records._report import TestRecord as TestRecord
from actselect.records._report import TestScore as TestScore
from actselect.records._report import VerdictKind as VerdictKind
from actselect.records._report import VerdictRecord as VerdictRecord
from actselect.records._scores import Direction as Direction
from actselect.records._scores import Estimate as Estimate
from actselect.records._scores import FloatArray as FloatArray
from actselect.records._scores import IntArray as IntArray
from actselect.records._scores import MetricRecord as MetricRecord
from actselect.records._scores import ScoreTable as ScoreTable
from actselect.records._search import AxisRecord as AxisRecord
from actselect.records._search import ConfirmationRecord as ConfirmationRecord
from actselect.records._search import CurveRecord as CurveRecord
from actselect.records._search import DivergenceRow as DivergenceRow
from actselect.records._search import EffectsRecord as EffectsRecord
from actselect.records._search import InteractionRecord as InteractionRecord
from actselect.records._search import LearningRatePoint as LearningRatePoint
from actselect.records._search import RateDivergence as RateDivergence
from actselect.records._search import ScreeningRecord as ScreeningRecord
from actselect.records._search import TrialEnd as TrialEnd
from actselect.records._shown import AnswerExample as AnswerExample
from actselect.records._shown import ConfusionRecord as ConfusionRecord
from actselect.records._shown import ExamplesRecord as ExamplesRecord
from actselect.records._shown import ForecastExample as ForecastExample
from actselect.records._shown import GuideClaimRecord as GuideClaimRecord
from actselect.records._shown import GuideRecord as GuideRecord
