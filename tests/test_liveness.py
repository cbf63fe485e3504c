"""Every axis of a search is alive and every metric the right way round, or a study is refused.

``tests/test_mutations.py`` runs this file with each axis dead and each metric the wrong way round.
The cheap tests come first, so that it soon knows.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor

import actselect.activations as activation_catalogue
import actselect.cells as cell_catalogue
from actselect.activations import gates, register_activation
from actselect.cells import cells, get_cell
from actselect.data.dataset import SequenceDataset
from actselect.data.tokens import Tokens
from actselect.exceptions import RunError, UsageError
from actselect.liveness import check_axes, check_metric
from actselect.records import Direction
from actselect.recurrence import Backend, settle
from actselect.search_space import SearchSpace, make_space
from actselect.tasks import Task, bind, tasks

METRICS = [(task, metric) for task, spec in tasks().items() for metric in spec.metrics]
SETS = [(task, m) for task, m in METRICS if task in {"classification", "text-classification"}]
PERFECT = {"perplexity": 1.0, "cider_d": 10.0}  # others: 1 is the best to gain, 0 the least to lose
WHOLE = {"head_activation", "num_layers", "bidirectional"}  # axes that every cell has


def _space(kind: str = "full", **axes: object) -> SearchSpace:
    sizes = {"input_size": 2, "output_size": 1, "bidirectional_allowed": True}
    return make_space(kind, **sizes, **axes)  # type: ignore[arg-type]


def _backend(space: SearchSpace) -> Backend:
    return settle("auto", space.cells, space.functions)[0]


def _data(values: np.ndarray | None = None, **more: object) -> SequenceDataset:
    """Return 40 texts, pictures, or sequences of two steps; values are zeros if not given."""
    tokens = more.get("tokens")
    lengths = np.full(40, 1 if "images" in more else 2)
    if isinstance(tokens, Tokens):
        lengths = tokens.lengths
    if values is None:
        values = np.zeros((int(lengths.sum()), 0 if tokens else 1))
    names = tuple(f"x{i}" for i in range(max(1, values.shape[1])))
    return SequenceDataset(
        name="toy",
        values=values,
        lengths=lengths,
        feature_names=names,
        **more,  # type: ignore[arg-type]
    )


def _texts(words: int, lengths: np.ndarray, seed: int) -> Tokens:
    """Return texts of these lengths of so many different words."""
    random = np.random.default_rng(seed)
    return Tokens.of([[f"w{k}" for k in random.integers(0, words, n)] for n in lengths])


def _task(name: str, metric: str | None, *, sets: bool = False) -> Task:
    """Return a task with random inputs and answers, or sets of labels for answers."""
    random = np.random.default_rng(5)
    lengths, each = random.integers(4, 9, 40), np.arange(40)
    labels: dict[str, object] = {"targets": np.array(["a", "b", "c"])[each % 3]}
    if sets:
        labels = {"answers": _texts(3, each % 4, 1), "answer_of": each}
    pairs = {"answers": _texts(5, lengths, 2), "answer_of": each}
    tags = Tokens.of([random.choice(["B-X", "I-X", "O"], n).tolist() for n in lengths])
    data: dict[str, dict[str, object]] = {
        "forecasting": {},
        "classification": labels,
        "regression": {"targets": random.normal(size=40)},
        "text-classification": labels | {"tokens": _texts(9, lengths, 3)},
        "tagging": {"tokens": _texts(9, lengths, 3), "answers": tags, "answer_of": each},
        "language-modeling": {"tokens": _texts(9, lengths, 3)},
        "captioning": pairs | {"images": random.integers(0, 255, (40, 8, 8, 1), np.uint8)},
        "sequence-to-sequence": pairs | {"tokens": _texts(9, lengths, 3)},
        "event-forecasting": {"values": random.integers(0, 2, (80, 3))},
    }
    if name != "forecasting":
        return bind(name, _data(**data[name]), metric=metric)  # type: ignore[arg-type]
    walk = np.cumsum(random.normal(size=(2, 90)), axis=1).reshape(-1, 1)
    walk[[7, 8, 30, 119]] = np.nan
    series = SequenceDataset(
        name="walk", values=walk, lengths=np.array([90, 90]), feature_names=("y",)
    )
    levels = (0.1, 0.5, 0.9) if metric == "pinball" else None
    return bind(name, series, metric=metric, horizon=3, period=1, quantiles=levels)


@pytest.mark.parametrize(("task", "metric"), METRICS)
def test_a_better_prediction_scores_better(task: str, metric: str) -> None:
    """The true values before half wrong ones, and those before wrong ones."""
    bound = _task(task, metric)
    check_metric(bound, bound.development_and_test(0)[0], seed=0)


@pytest.mark.parametrize(("task", "metric"), SETS)
def test_a_better_prediction_of_sets_scores_better(task: str, metric: str) -> None:
    """The true sets before those of others."""
    bound = _task(task, metric, sets=True)
    check_metric(bound, bound.development_and_test(0)[0], seed=0)


@pytest.mark.parametrize(("task", "metric"), METRICS)
def test_a_metric_read_the_wrong_way_round_is_found(task: str, metric: str) -> None:
    """The message names it, its direction and the scores."""
    right = _task(task, metric)
    other: Direction = "maximize" if right.metric.direction == "minimize" else "minimize"
    flipped = replace(right, metric=replace(right.metric, direction=other))  # type: ignore[type-var]
    with pytest.raises(RunError, match=f"'{metric}' does not {other} .* the true values score"):
        check_metric(flipped, right.development_and_test(0)[0], seed=0)


@pytest.mark.parametrize(("task", "metric"), METRICS)
def test_perfect_predictions_are_the_targets(task: str, metric: str) -> None:
    """No error at all, gaps in the target or not."""
    bound = _task(task, metric)
    examples = bound.development_and_test(0)[0]
    best = PERFECT.get(metric, 1.0 if bound.metric.direction == "maximize" else 0.0)

    right = bound.ladder(examples, np.arange(len(examples)))[0]

    assert bound.score(right, examples) == pytest.approx(best, abs=1e-9)


@pytest.mark.parametrize("examples", [np.arange(0, 40, 3), np.arange(1), np.arange(0)])
@pytest.mark.parametrize("metric", tasks()["classification"].metrics)
def test_targets_that_are_all_alike_show_nothing_and_pass(
    metric: str, examples: np.ndarray
) -> None:
    """Nobody can be wrong about them: many of one class, one, none."""
    check_metric(_task("classification", metric), examples, seed=0)


def test_every_axis_of_the_small_space_is_alive() -> None:
    """Its cells too are four different ones."""
    space = _space("small")
    wanted = {"cell", "activation", "recurrent_activation", "num_layers"}

    assert wanted == set(check_axes(space, _backend(space), seed=1))


@pytest.mark.parametrize("cell", list(cells()))
def test_every_axis_of_the_full_space_is_alive(cell: str) -> None:
    """Also the gates and the cell state, in the cells that have them."""
    space, facts = _space(cells_=[cell]), get_cell(cell)
    own = {"recurrent_activation"} if facts.gated else set()
    own |= {"output_activation"} if facts.has_output_activation else set()

    assert WHOLE | {"activation"} | own == set(check_axes(space, _backend(space), seed=0))


@pytest.mark.parametrize("backend", ["bptt", "reference"])
def test_axes_are_alive_without_the_kernels(backend: Backend) -> None:
    """The backends agree about it, as about everything."""
    space = _space("small", cells_=["lstm", "indrnn"], output_activations=["same", "identity"])

    assert "output_activation" in check_axes(space, backend, seed=0)


def test_all_cells_are_alive_up_to_the_deepest_network() -> None:
    """Eight layers do not drown what the first one does."""
    space = _space(activations_=["relu", "leaky_relu", "gelu"], depths=[1, 8])

    assert {"cell", "activation"} <= set(check_axes(space, _backend(space), seed=2))


def test_functions_that_differ_far_out_only_are_told_apart() -> None:
    """Relu6 bends at 6, hard sigmoid at 3."""
    with pytest.MonkeyPatch.context() as patch:
        _plant(patch, "test_relu6", torch.nn.functional.relu6)
        space = _space("small", activations_=["relu", "test_relu6"])
        alive = check_axes(space, _backend(space), seed=0)

    assert "activation" in alive


def test_an_axis_with_one_value_is_not_looked_at() -> None:
    """There is nothing to search in it."""
    space = _space("small", cells_=["gru"], activations_=["tanh"], depths=[1])

    assert ("recurrent_activation",) == check_axes(space, _backend(space), seed=0)


def _plant(patch: pytest.MonkeyPatch, name: str, function: object, **facts: float) -> None:
    """Register an activation until the patch is undone."""
    patch.setattr(activation_catalogue, "_table", dict(activation_catalogue._table))
    register_activation(name, function, **facts)  # type: ignore[arg-type]


def _twin(x: Tensor) -> Tensor:
    """Tanh, written in another way: equal but for rounding."""
    return 2.0 * torch.sigmoid(2.0 * x) - 1.0


def test_two_names_of_one_activation_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """The message names the axis, the cell, both values, and what to do."""
    _plant(monkeypatch, "test_twin", _twin, low=-1.0, high=1.0)
    space = _space("small", activations_=["relu", "tanh", "test_twin"])
    with pytest.raises(
        UsageError, match=r"activation .*layer 1.* 'rnn': 'tanh' and 'test_twin' .* Drop one"
    ):
        check_axes(space, _backend(space), seed=0)


def test_two_names_of_one_gate_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first cell with gates is named."""
    _plant(monkeypatch, "test_gate", lambda x: 0.5 * torch.tanh(0.5 * x) + 0.5, low=0.0, high=1.0)
    space = _space("small", recurrent_activations=["sigmoid", "test_gate"])
    assert "test_gate" in gates()
    with pytest.raises(UsageError, match=r"recurrent_activation .* 'lstm': 'sigmoid' and 'test_g"):
        check_axes(space, _backend(space), seed=0)


def test_two_names_of_one_head_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A head is part of the network too."""
    _plant(monkeypatch, "test_twin", _twin, low=-1.0, high=1.0)
    space = _space("small", head_activations=["tanh", "test_twin"])
    with pytest.raises(UsageError, match="head_activation changes nothing in cell 'rnn'"):
        check_axes(space, _backend(space), seed=0)


def test_two_names_of_one_cell_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """No cell is named but the two."""
    monkeypatch.setitem(cell_catalogue._table, "test_gru", get_cell("gru"))
    space = _space("small", cells_=["rnn", "gru", "test_gru"])
    with pytest.raises(UsageError, match="cell changes nothing: 'gru' and 'test_gru'"):
        check_axes(space, _backend(space), seed=0)


def test_an_output_activation_that_can_never_differ_is_refused() -> None:
    """With tanh as the only candidate, the same is tanh."""
    axes = {"activations_": ["tanh"], "output_activations": ["same", "tanh"]}
    space = _space("small", cells_=["lstm"], **axes)
    with pytest.raises(UsageError, match="'same' and 'tanh'"):
        check_axes(space, _backend(space), seed=0)


def test_an_activation_that_overflows_is_left_to_diverge(monkeypatch: pytest.MonkeyPatch) -> None:
    """A diverged training is a result; nothing is said against its activation here."""
    _plant(monkeypatch, "test_cube", lambda x: x**3)
    _plant(monkeypatch, "test_fifth", lambda x: x**5)
    space = _space("small", activations_=["test_cube", "test_fifth"])

    assert "activation" in check_axes(space, _backend(space), seed=0)
