"""What the guide claims, and the architectures that its claims suggest."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any, final

from actselect.architecture import Architecture, LayerSpec
from actselect.exceptions import UnknownNameError
from actselect.guide._data import chosen, concerns, frozen, table
from actselect.records import ArchitectureRecord


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

    @property
    def label(self) -> str:
        """What the architecture is called in every table.

        >>> Pick(claim="x", tasks=(), cell="rnn", activation="relu", num_layers=2).label
        'RNN relu, 2 layers'
        """
        layer = LayerSpec(
            activation=self.activation, recurrent_activation=self.recurrent_activation
        )
        return Architecture(
            cell=self.cell,
            layers=(layer,) * self.num_layers,
            hidden_size=1,  # no part of a label
            head_activation=self.head_activation,
        ).label

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
    """One claim of the guide, with the section that makes it and what it suggests doing.

    Args:
        id: what the claim is called here.
        section: of the guide.
        claim: the claim, in English.
        suggests: what follows from it, in English.
        claim_zh: the claim, in Chinese.
        suggests_zh: what follows from it, in Chinese.
        principle: whether it is one of the guide's four principles.
        tasks: names of the tasks it speaks of; empty: all.
        min_length: steps a sequence must have for the claim to speak of it.
        min_depth: layers a network must have for the claim to speak of it.
        picks: the architectures it suggests.
    """

    id: str
    section: str
    claim: str
    suggests: str
    claim_zh: str
    suggests_zh: str
    principle: bool = False
    tasks: tuple[str, ...] = ()
    min_length: int = 1
    min_depth: int = 1
    picks: tuple[Pick, ...] = ()

    def text(self, language: str = "en") -> str:
        """Return the claim in a language, ``"en"`` or ``"zh"``."""
        return chosen(language, self.claim, self.claim_zh)

    def suggestion(self, language: str = "en") -> str:
        """Return what the claim suggests in a language, ``"en"`` or ``"zh"``."""
        return chosen(language, self.suggests, self.suggests_zh)

    def concerns(self, task: str, length: int | None) -> bool:
        """Return whether the claim speaks of a task; a ``length`` of None: of any length."""
        return concerns(self.tasks, self.min_length, task, length)


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Tension:
    """Claims that contradict each other; ``tasks`` are those where they do, empty: all."""

    claims: tuple[str, ...]
    text: str
    text_zh: str
    tasks: tuple[str, ...] = ()

    def told(self, language: str = "en") -> str:
        """Return the contradiction in a language, ``"en"`` or ``"zh"``."""
        return chosen(language, self.text, self.text_zh)


@cache
def claims() -> tuple[Claim, ...]:
    """Return all claims in the order of the guide.

    >>> claims()[3].id
    'verify'
    """
    return tuple(_claim(entry) for entry in table("claims")["claim"])


def _claim(entry: dict[str, Any]) -> Claim:
    picked = tuple(Pick(claim=entry["id"], **frozen(pick)) for pick in entry.get("pick", ()))
    return Claim(**{k: v for k, v in frozen(entry).items() if k != "pick"}, picks=picked)


def claim(name: str) -> Claim:
    """Return one claim by its id.

    Raises:
        UnknownNameError: there is no such claim.

    >>> claim("verify").section
    '3.4'
    """
    known = {c.id: c for c in claims()}
    if name not in known:
        raise UnknownNameError("claim", name, known)
    return known[name]


@cache
def tensions() -> tuple[Tension, ...]:
    """Return where the guide contradicts itself.

    >>> tensions()[0].claims
    ('time-series-tanh', 'forecasting-relu')
    """
    return tuple(Tension(**frozen(entry)) for entry in table("claims")["tension"])


def picks(task: str, length: int) -> tuple[Pick, ...]:
    """Return what the guide would pick for a task, each architecture once.

    Args:
        task: name of the task.
        length: steps of a typical sequence.

    >>> [(p.cell, p.activation) for p in picks("regression", 24)]
    [('lstm', 'tanh'), ('rnn', 'relu')]
    """
    found: dict[str, Pick] = {}
    for made in claims():
        for pick in made.picks:
            if task in pick.tasks and length >= pick.min_length:
                found.setdefault(pick.label, pick)
    return tuple(found.values())
