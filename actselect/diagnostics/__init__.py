"""The guide's principles, measured on trained networks.

*Stable gradients*, *enough nonlinearity* and *cost* are measured here; the fourth, *verification*,
is the confirmation itself.  What the numbers mean is said in :mod:`actselect.records`.

Diagnostics describe.  They are made after the verdict, and nothing is decided by them.
"""

from __future__ import annotations

from actselect.diagnostics._cost import time_in_turns as time_in_turns
from actselect.diagnostics._gradient import gradient_record as gradient_record
from actselect.diagnostics._jobs import CostJob as CostJob
from actselect.diagnostics._jobs import DiagnosisJob as DiagnosisJob
from actselect.diagnostics._jobs import diagnose as diagnose
from actselect.diagnostics._jobs import measure as measure
from actselect.diagnostics._stage import diagnose_study as diagnose_study
from actselect.diagnostics._stage import left_out as left_out
from actselect.diagnostics._units import units_records as units_records
from actselect.diagnostics._walk import walk_through as walk_through
from actselect.diagnostics._window import look as look
