"""The report: its file, its schema, and what people read of it.

``report.json`` is the truth; terminal, Markdown and HTML are renderings of the same
:class:`~actselect.records.ReportRecord` and compute nothing.  Importing this package loads none
of the libraries that draw.
"""

from __future__ import annotations

from actselect.report.saving import load, save
from actselect.report.serialise import from_json, schema, to_json, without_times

__all__ = ["from_json", "load", "save", "schema", "to_json", "without_times"]
