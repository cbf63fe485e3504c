"""``python -m studies.guide_claims``: from what was recorded to verdicts, a table and a CSV."""

from __future__ import annotations

import json
from pathlib import Path

from actselect.files import write_atomically
from studies.guide_claims.compare import tables
from studies.guide_claims.findings import Finding, findings
from studies.guide_claims.runs import RUNS, write_runs
from studies.guide_claims.table import rows_of, write_table
from studies.recording import save_rows

RESULTS = Path(__file__).with_name("results")


def main(results: Path = RESULTS, runs: Path = RUNS) -> None:
    """Write ``verdicts.json``, ``comparisons.csv`` and ``table.md``; the guide's ``runs.toml``."""
    found = findings(tables(results / "tables"), results)
    verdicts = {finding.claim: _facts(finding) for finding in found}
    write_atomically(results / "verdicts.json", json.dumps(verdicts, indent=1) + "\n")
    save_rows(results / "comparisons.csv", rows_of(found))
    write_table(found, results / "table.md")
    write_runs(verdicts, runs)


def _facts(finding: Finding) -> dict[str, object]:
    return {
        "verdict": finding.verdict,
        "sides": dict(finding.sides),
        "numbers": list(finding.numbers),
    }


if __name__ == "__main__":
    main()
