"""The verdicts as a table, every comparison as rows."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from actselect import guide
from actselect.files import write_atomically
from studies.guide_claims.findings import Finding
from studies.markdown import table


def rows_of(findings: Sequence[Finding]) -> list[dict[str, str]]:
    """Return one row for each comparison on each data set.

    ``measure`` is ``score``, in the metric's unit, or ``epochs``, in doublings.
    """
    return [
        {
            "claim": finding.claim,
            "measure": measure,
            "data": o.data,
            "preferred": o.comparison.preferred,
            "rivals": " and ".join(o.comparison.rivals),
            "difference": f"{o.difference:.6g}",
            "low": f"{o.low:.6g}",
            "high": f"{o.high:.6g}",
            "margin": f"{o.margin:.6g}",
            "p": f"{o.p:.3g}",
            "stand": o.stand,
        }
        for finding in findings
        for measure, outcomes in (("score", finding.outcomes), ("epochs", finding.epochs))
        for o in outcomes
    ]


def write_table(findings: Sequence[Finding], path: Path) -> None:
    """Write the claims with their verdicts, and beneath each its numbers."""
    known = {claim.id: claim for claim in guide.claims()}
    rows = [
        (known[f.claim].section, known[f.claim].claim, f"**{f.verdict}**", _sides(f))
        for f in findings
    ]
    header = ("Section", "Claim", "Verdict", "Data sets")
    parts = [
        "# Verdicts", table(header, rows),
        "for, against, equal, open: what a data set says; see ../README.md.",
        *(f"## {f.claim}: {f.verdict}\n\n" + "\n".join(f"- {n}" for n in f.numbers)
          for f in findings),
    ]  # fmt: skip
    write_atomically(path, "\n\n".join(parts) + "\n")


def _sides(finding: Finding) -> str:
    groups = [
        (stand, [name for name, own in finding.sides if own == stand])
        for stand in ("for", "against", "equal", "open")
    ]
    return "; ".join(f"{stand}: {', '.join(names)}" for stand, names in groups if names)
