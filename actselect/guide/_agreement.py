"""Whether the data agree with the guide as a whole."""

from __future__ import annotations

from collections.abc import Sequence

from actselect.guide._claims import Pick
from actselect.records import RankedRecord, VerdictRecord


def agreement(
    picked: Sequence[Pick], ranking: Sequence[RankedRecord], verdict: VerdictRecord
) -> str:
    """Say in one sentence whether the data agree with the guide.

    Args:
        picked: what the guide suggests.
        ranking: the confirmed architectures.
        verdict: what the evidence allows to say.
    """
    if not picked:
        return "The guide picks nothing for this task."
    rows = [row for row in ranking if any(p.matches(row.architecture) for p in picked)]
    if not rows:
        return (
            "Cannot tell: none of the guide's picks got through the screening to the confirmation."
        )
    names = " and ".join(dict.fromkeys(row.label for row in rows))
    if verdict.kind == "baseline":
        return (
            "The data support no recurrent network, and so none of the guide's picks that were "
            f"confirmed ({names})."
        )
    top = [row.label for row in rows if row.tier == 1]
    if not top:
        return f"The data disagree with the guide: {names} {_stand(rows)} below the first tier."
    if verdict.kind == "undecided":
        return f"Cannot tell yet: the verdict is undecided about the guide's picks ({names})."
    return f"The data agree with the guide: {' and '.join(top)} {_stand(top)} in the first tier."


def _stand(things: Sequence[object]) -> str:
    return "stands" if len(things) == 1 else "stand"
