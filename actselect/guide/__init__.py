"""The guide "Choosing activation functions in RNNs" as prior knowledge.

Its picks enter a study first, and the report says whether the data agree.  It never moves a rank:
nothing here is read by the verdict.
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, final

from actselect.records import ArchitectureRecord, RankedRecord, VerdictRecord


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Pick:
    """An architecture that a claim suggests.

    Args:
        claim: id of the claim.
        tasks: names of the tasks it is meant for.
        cell: name of the cell.
        activation: of all layers.
        recurrent_activation: of the gates; None for a cell without gates.
        num_layers: number of layers.
        head_activation: of the head's hidden layer; ``"identity"``: none.
        min_length: steps a sequence must have for the claim to speak of it.
    """

    claim: str
    tasks: tuple[str, ...]
    cell: str
    activation: str
    recurrent_activation: str | None = None
    num_layers: int = 1
    head_activation: str = "identity"
    min_length: int = 1

    def matches(self, architecture: ArchitectureRecord) -> bool:
        """Return whether this is the architecture that was picked."""
        return (
            architecture.cell == self.cell
            and architecture.num_layers == self.num_layers
            and architecture.head_activation == self.head_activation
            and not architecture.bidirectional
            and all(
                layer.activation == self.activation
                and layer.recurrent_activation == self.recurrent_activation
                and layer.output_activation in (None, self.activation)
                for layer in architecture.layers
            )
        )


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One claim of the guide, with the section that makes it and what it suggests doing."""

    id: str
    section: str
    claim: str
    suggests: str
    picks: tuple[Pick, ...] = ()


@cache
def claims() -> tuple[Claim, ...]:
    """Return all claims in the order of the guide.

    >>> claims()[3].id
    'verify'
    """
    text = files("actselect.guide_data").joinpath("claims.toml").read_text(encoding="utf8")
    return tuple(_claim(entry) for entry in tomllib.loads(text)["claim"])


def _claim(entry: dict[str, Any]) -> Claim:
    picks = tuple(
        Pick(claim=entry["id"], **{**pick, "tasks": tuple(pick["tasks"])})
        for pick in entry.pop("pick", ())
    )
    return Claim(**entry, picks=picks)


def picks(task: str, length: int) -> tuple[Pick, ...]:
    """Return what the guide would pick for a task, each architecture once.

    Args:
        task: name of the task.
        length: steps of a typical sequence.

    >>> [(p.cell, p.activation) for p in picks("regression", 24)]
    [('lstm', 'tanh'), ('rnn', 'relu')]
    """
    found: dict[tuple[object, ...], Pick] = {}
    for claim in claims():
        for pick in claim.picks:
            if task in pick.tasks and length >= pick.min_length:
                what = (
                    pick.cell, pick.activation, pick.recurrent_activation,
                    pick.num_layers, pick.head_activation,
                )  # fmt: skip
                found.setdefault(what, pick)
    return tuple(found.values())


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
