"""What to do next, by verdict: one sentence, and commands to type."""

from __future__ import annotations

from actselect.records import ReportRecord

HERE = "(STUDY is the folder of this report):"


def advice(record: ReportRecord) -> str:
    """Return what to do next, as one sentence that commands follow."""
    kind = record.verdict.kind
    if kind == "baseline":
        return (
            "Prefer the baseline: it is simpler. The best network was trained and saved all the "
            f"same {HERE}"
        )
    if kind != "undecided":
        return f"Use it on new data, or take its code into your own program {HERE}"
    if record.verdict.needed.repeats:
        return (
            "The network that leads can be used meanwhile; a larger --budget may settle the rest "
            f"{HERE}"
        )
    return f"The network that leads can be used meanwhile {HERE}"


def commands(study: str = "STUDY") -> tuple[str, ...]:
    """Return the commands that use what a study recommends.

    >>> commands("studies/sales")[0]
    'actselect predict studies/sales DATA'
    """
    return (f"actselect predict {study} DATA", f"actselect export {study} --format code")


def again(study: str = "STUDY") -> tuple[str, ...]:
    """Return the commands that go on with a study, or show it once more."""
    return (
        f"actselect resume {study}",
        f"actselect show {study}",
        f"actselect show {study} --format html > report.html",
    )
