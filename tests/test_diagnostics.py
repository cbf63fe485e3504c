"""Diagnostics on planted cases whose answer is known, and against torch's own layers and QR."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import final

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, mse_loss

import actselect as act
from actselect.activations import _table as activation_table
from actselect.architecture import Architecture, LayerSpec
from actselect.cells import AbstractCell, get_cell
from actselect.cells import _table as cell_table
from actselect.cells._base import Parts, States
from actselect.data import load
from actselect.diagnostics import (
    DiagnosisJob,
    diagnose,
    look,
    measure,
    time_in_turns,
    walk_through,
)
from actselect.diagnostics._cost import memory_of
from actselect.diagnostics._jobs import diagnostics_from
from actselect.encoders import Captions, Encoder, Numbers, Symbols
from actselect.exceptions import StudyError
from actselect.model import RecurrentModel
from actselect.records import DiagnosticsRecord, GradientRecord, RankedRecord, UnitsRecord
from actselect.tasks import Batch, bind
from actselect.training import Trainer, TrainingJob
from actselect.why import without_clock

H, T, B = 6, 50, 4


def _stream(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def _architecture(
    cell: str, activation: str = "tanh", *, layers: int = 1, both: bool = False
) -> Architecture:
    facts = get_cell(cell)
    layer = LayerSpec(
        activation=activation,
        recurrent_activation="sigmoid" if facts.gated else None,
        output_activation=activation if facts.has_output_activation else None,
    )
    return Architecture(cell=cell, layers=(layer,) * layers, hidden_size=H, bidirectional=both)


def _model(
    architecture: Architecture,
    encoder: Encoder = Numbers(width=1),  # noqa: B008 - frozen
    *,
    outputs: int = 1,
    every: bool = False,
) -> RecurrentModel:
    return RecurrentModel(
        architecture, encoder=encoder, output_size=outputs, generator=_stream(), every=every
    )


def _batch(steps: int = T, scale: float = 1.0) -> Batch:
    inputs = scale * torch.randn(B, steps, 1, generator=_stream(1))
    return Batch(inputs=inputs, lengths=None, targets=torch.ones(B, 1))


def _measured(model: RecurrentModel, batch: Batch) -> DiagnosticsRecord:
    return measure(model, batch, mse_loss, repeat=0, generator=_stream(2))


def _gradient(model: RecurrentModel, batch: Batch) -> GradientRecord:
    found = _measured(model, batch).gradient
    assert found is not None
    return found


def _part(found: DiagnosticsRecord, role: str) -> UnitsRecord:
    (part,) = (part for part in found.units if part.role == role)
    return part


def _set(model: RecurrentModel, **weights: Tensor | float) -> RecurrentModel:
    with torch.no_grad():
        for name, value in weights.items():
            parameter = model.recurrent.get_parameter(f"{name}_l0")
            parameter.copy_(
                value if isinstance(value, Tensor) else torch.full_like(parameter, value)
            )
    return model


def _rotation() -> Tensor:
    return torch.linalg.qr(torch.randn(H, H, generator=_stream(3)))[0]


# -- gradients ------------------------------------------------------------------------------------


def test_a_tanh_rnn_that_halves_its_state_vanishes() -> None:
    """Half an orthogonal matrix, tanh near 0: every number follows from 0.5 per step."""
    model = _set(
        _model(_architecture("rnn")), weight_hh=0.5 * _rotation(), bias_ih=0.0, bias_hh=0.0
    )
    found = _gradient(model, _batch(scale=1e-5))

    assert found.norms == pytest.approx([0.5**i for i in range(T)], rel=1e-3)
    assert found.lags == tuple(range(T))
    assert found.decay == pytest.approx(0.5, rel=1e-3)
    assert found.half_life == pytest.approx(1.0, rel=1e-3)
    assert found.lyapunov == pytest.approx(math.log(0.5), rel=1e-3)
    assert found.singular == pytest.approx(0.5, rel=1e-3)
    assert (found.vanishing, found.exploding) == (1.0, 0.0)


def test_a_relu_rnn_that_grows_explodes() -> None:
    """1.2 times the identity, all units on: 1.2 a step, and no half-life."""
    model = _set(
        _model(_architecture("rnn", "relu")), weight_hh=1.2 * torch.eye(H), bias_ih=1.0, bias_hh=0.0
    )
    found = _gradient(model, _batch(scale=1e-5))

    assert found.decay == pytest.approx(1.2, rel=1e-3)
    assert found.half_life is None
    assert found.lyapunov == pytest.approx(math.log(1.2), rel=1e-3)
    assert found.singular == pytest.approx(1.2, rel=1e-3)
    assert (found.vanishing, found.exploding) == (0.0, 1.0)


def test_units_that_keep_all_they_know_neither_vanish_nor_explode() -> None:
    """An identity RNN with an orthogonal matrix: 1 a step."""
    model = _set(_model(_architecture("rnn", "identity")), weight_hh=_rotation())
    found = _gradient(model, _batch())

    assert found.norms == pytest.approx([1.0] * T, rel=1e-3)
    assert found.lyapunov == pytest.approx(0.0, abs=1e-5)
    assert (found.vanishing, found.exploding) == (0.0, 0.0)


def test_dead_relus_let_nothing_through() -> None:
    """With a bias of -50 the gradient is gone after one step; there is no exponent to tell."""
    found = _measured(_set(_model(_architecture("rnn", "relu")), bias_ih=-50.0), _batch())
    part = _part(found, "activation")

    assert (part.dead, part.saturated, part.curvature) == (1.0, 1.0, None)
    assert found.gradient is not None
    assert found.gradient.decay == 0.0
    assert found.gradient.half_life is None
    assert found.gradient.lyapunov is None
    assert found.gradient.norms[1:] == (0.0,) * (T - 1)


@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("cell", ["rnn", "lstm", "gru"])
def test_the_gradient_of_the_state_is_that_of_torchs_own_layers(cell: str, layers: int) -> None:
    """torch.nn runs on from a state that is a leaf, once for each lag."""
    model = _model(_architecture(cell, layers=layers))
    kind = {"rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}[cell]
    torchs = kind(1, H, layers, batch_first=True).double()
    torchs.load_state_dict(model.recurrent.state_dict())
    head = nn.Linear(H, 1).double()
    head.load_state_dict(model.output.state_dict())
    batch = _batch(12)
    x, norms = batch.inputs.double(), []
    for lag in range(12):
        state = torchs(x[:, : 12 - lag])[1]
        leaves = [s.detach().requires_grad_() for s in (state if cell == "lstm" else (state,))]
        top = leaves[0][-1]
        if lag:
            rest = torchs(x[:, 12 - lag :], tuple(leaves) if cell == "lstm" else leaves[0])
            top = rest[0][:, -1]
        loss = mse_loss(head(top), batch.targets.double())
        found = torch.autograd.grad(loss, leaves, materialize_grads=True)
        norms.append(sum(g.square().sum((0, 2)) for g in found).sqrt())
    expected = (torch.stack(norms) / norms[0]).median(1).values

    assert _gradient(model, batch).norms == pytest.approx(expected.tolist(), rel=1e-3)


def test_what_the_head_ignores_of_a_direction_carries_no_gradient() -> None:
    """Without weights for what reads backwards, a network that reads both ways is as one-way."""
    one, both = _model(_architecture("gru")), _model(_architecture("gru", both=True))
    both.recurrent.load_state_dict(one.recurrent.state_dict(), strict=False)
    with torch.no_grad():
        both.output.bias.copy_(one.output.bias)
        both.output.weight[:, H:] = 0.0
        both.output.weight[:, :H] = one.output.weight

    assert _gradient(both, _batch()).norms == _gradient(one, _batch()).norms


def test_the_exponent_is_that_of_benettins_method() -> None:
    """A chaotic RNN: tangent vectors carried forward through Jacobians written out, with QR."""
    weight = 1.8 * torch.randn(H, H, generator=_stream(5)) / math.sqrt(H)
    model = _set(_model(_architecture("rnn")), weight_hh=weight)
    batch = _batch(200)
    own = np.median([_exponent(model, row.numpy()) for row in batch.inputs.double()])

    assert _gradient(model, batch).lyapunov == pytest.approx(own, abs=0.02)


def _exponent(model: RecurrentModel, inputs: np.ndarray) -> float:
    w_x, w_h, b_x, b_h = (p.detach().double().numpy() for p in model.recurrent.parameters())
    h, frame, logs = np.zeros(H), np.eye(H), []
    for x in inputs:
        h = np.tanh(w_x @ x + b_x + w_h @ h + b_h)
        frame, r = np.linalg.qr(((1 - h**2)[:, None] * w_h) @ frame)
        logs.append(np.log(np.abs(r[0, 0])))
    return float(np.mean(logs))


def test_the_singular_value_is_that_of_the_jacobian_written_out() -> None:
    """GRU with one step seen: dh'/dh by finite differences of torch's own cell."""
    model = _model(_architecture("gru"))
    batch = Batch(inputs=torch.ones(1, 2, 1), lengths=None, targets=torch.ones(1, 1))
    (way,) = walk_through(model.recurrent, look(model, batch))[0]
    own = way.jacobians(torch.tensor([1]), torch.tensor([0]))[0]
    torchs = nn.GRUCell(1, H).double()
    names = [f"{kind}_l0" for kind in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")]
    torchs.load_state_dict({n.removesuffix("_l0"): model.recurrent.get_parameter(n) for n in names})
    x = torch.ones(1, dtype=torch.float64)
    h = way.states[1][0][0].detach()
    rows = [(torchs(x, h + 1e-6 * e) - torchs(x, h - 1e-6 * e)) / 2e-6 for e in torch.eye(H)]

    assert torch.allclose(own, torch.stack(rows, 1), atol=1e-6)


@pytest.mark.parametrize("cell", ["rnn", "lstm", "indrnn"])
def test_the_power_method_goes_by_the_jacobian_without_writing_it_out(cell: str) -> None:
    """What it repeats is the product with J and with J transposed."""
    batch = Batch(inputs=torch.ones(1, 2, 1), lengths=None, targets=torch.ones(1, 1))
    model = _model(_architecture(cell))
    (way,) = walk_through(model.recurrent, look(model, batch))[0]
    own = way.jacobians(torch.tensor([1]), torch.tensor([0]))[0]
    vector = torch.linspace(-1.0, 1.0, len(own), dtype=torch.float64)

    assert torch.allclose(way.there_and_back(1, 0)(vector), own.T @ (own @ vector), atol=1e-12)


# -- nonlinearities -------------------------------------------------------------------------------


def test_a_gate_with_a_huge_bias_is_saturated_and_open() -> None:
    """The update gate of a GRU with a bias of 50 is 1 always; the other works."""
    model = _model(_architecture("gru"))
    bias = torch.zeros(3 * H)
    bias[H : 2 * H] = 50.0
    found = _measured(_set(model, bias_ih=bias), _batch())
    stuck, works = _part(found, "update gate"), _part(found, "reset gate")

    assert (stuck.saturated, stuck.dead, stuck.openness) == (1.0, 1.0, 1.0)
    assert stuck.curvature is None
    assert works.saturated < 1.0
    assert works.openness == pytest.approx(0.5, abs=0.2)
    assert _part(found, "activation").openness is None


@pytest.mark.parametrize(
    ("activation", "scale", "low", "high"),
    [("identity", 1.0, 0.0, 1e-9), ("tanh", 1e-3, 0.0, 1e-6), ("tanh", 3.0, 0.02, 0.5),
     ("sin", 30.0, 0.5, 1.0)],
)  # fmt: skip
def test_curvature_is_zero_for_a_line_and_grows_with_what_is_seen(
    activation: str, scale: float, low: float, high: float
) -> None:
    """Identity is a line; tanh is one near 0 alone; of a fast sine no line tells anything."""
    model = _set(
        _model(_architecture("rnn", activation)), weight_ih=1.0, weight_hh=0.0, bias_ih=0.0
    )
    curvature = _part(_measured(model, _batch(scale=scale)), "activation").curvature

    assert curvature is not None
    assert low <= curvature <= high


def test_curvature_is_what_numpys_lines_leave_over() -> None:
    """One least-squares line for each unit of an RNN without recurrence."""
    model = _set(_model(_architecture("rnn")), weight_hh=0.0)
    batch = _batch(scale=2.0)
    w_x, _, b_x, b_h = (p.detach().double().numpy() for p in model.recurrent.parameters())
    x = batch.inputs.double().numpy().reshape(-1, 1) @ w_x.T + b_x + b_h
    y = np.tanh(x)
    left = sum(np.polyfit(x[:, u], y[:, u], 1, full=True)[1][0] for u in range(H))
    whole = (len(y) * y.var(0)).sum()

    assert _part(_measured(model, batch), "activation").curvature == pytest.approx(
        left / whole, rel=1e-3
    )


def test_saturation_counts_values_by_hand() -> None:
    """Hard tanh is flat beyond 1: with weight 1 the share of inputs that are."""
    model = _set(
        _model(_architecture("rnn", "hardtanh")), weight_ih=1.0, weight_hh=0.0, bias_ih=0.0
    )
    batch = _batch(scale=2.0)
    expected = (batch.inputs.abs() > 1.0).double().mean().item()

    assert _part(_measured(model, batch), "activation").saturated == pytest.approx(
        expected, rel=1e-3
    )


# -- whatever the network is ----------------------------------------------------------------------

PICTURES = Captions(size=9, embedding=3, vector=2, picture=(1, 8, 8))


@pytest.mark.parametrize("both", [False, True])
@pytest.mark.parametrize("every", [False, True])
@pytest.mark.parametrize("encoder", [Numbers(width=1), Symbols(size=9, width=3), PICTURES])
@pytest.mark.parametrize("cell", ["rnn", "lstm", "gru", "mgu", "indrnn"])
def test_every_kind_of_network_can_be_measured(
    cell: str, encoder: Encoder, every: bool, both: bool
) -> None:
    """Five cells, two layers, all encoders, sequences of all lengths; the record survives JSON."""
    model = _model(_architecture(cell, layers=2, both=both), encoder, outputs=3, every=every)
    symbols = torch.randint(1, 9, (B, 9), generator=_stream())
    found = measure(
        model,
        Batch(
            inputs=torch.randn(B, 9, 1) if encoder == Numbers(width=1) else symbols,
            lengths=torch.tensor([9, 2, 7, 7]),
            targets=torch.zeros((B, 9) if every else B, dtype=torch.int64),
            context=torch.rand(B, 1, 8, 8) if encoder is PICTURES else None,
        ),
        lambda output, targets: cross_entropy(output.flatten(0, -2), targets.flatten()),
        repeat=0,
        generator=_stream(),
    )
    again = diagnostics_from(json.loads(json.dumps(asdict(found), allow_nan=False)))

    assert (found.sequences, found.steps) == (3, 7)
    assert found.gradient is not None
    assert found.gradient.norms[0] == 1.0
    assert {part.layer for part in found.units} == {1, 2}
    assert again == found


def test_a_network_that_answers_at_every_step_is_asked_at_the_last() -> None:
    """What its loss ignores there leaves nothing to measure."""
    model = _model(_architecture("rnn"), outputs=3, every=True)
    targets = torch.full((B, T), -100)
    targets[:, :-1] = 1
    batch = Batch(inputs=_batch().inputs, lengths=None, targets=targets)

    def loss(output: Tensor, wanted: Tensor) -> Tensor:
        return cross_entropy(output.flatten(0, 1), wanted.flatten(), ignore_index=-100)

    nothing = measure(model, batch, loss, repeat=0, generator=_stream())
    targets[:2, -1] = 1
    something = measure(model, batch, loss, repeat=0, generator=_stream())

    assert nothing.gradient is None
    assert nothing.units
    assert something.gradient is not None


def test_one_step_has_no_gradient_to_follow() -> None:
    """Nonlinearities are measured all the same."""
    found = _measured(_model(_architecture("gru")), _batch(1))

    assert found.gradient is None
    assert len(found.units) == 3


def test_states_that_are_not_finite_leave_nothing_out_of_thin_air() -> None:
    """A ReLU RNN that overflows in 50 steps: no gradient, no units."""
    model = _set(_model(_architecture("rnn", "relu")), weight_hh=1e12 * torch.eye(H), bias_ih=1.0)
    found = _measured(model, _batch())

    assert found.gradient is None
    assert found.units == ()


@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_the_window_goes_on_from_what_came_before_it(cell: str) -> None:
    """Of long sequences the last steps, with the states of a run through all of each."""
    model = _model(_architecture(cell, layers=2))
    lengths = torch.tensor([50, 40, 30, 20])
    batch = Batch(inputs=_batch().inputs, lengths=lengths, targets=torch.ones(B, 1))
    window = look(model, batch, steps=10)
    walks = walk_through(model.recurrent, window)
    _, after = model.run(batch.inputs[:3], lengths[:3])

    assert window.inputs.shape == (10, 3, 1)
    assert torch.equal(window.inputs[-1, :, 0], batch.inputs[torch.arange(3), lengths[:3] - 1, 0])
    for (way,), states in zip(walks, after, strict=True):
        for own, expected in zip(way.states[-1], states, strict=True):
            assert torch.allclose(own.float(), expected, atol=1e-5)


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class TwiceCell(AbstractCell):
    """A cell of a user's own: two gates called one by one, and the activation twice."""

    n_gates = 3
    gated = True

    def pointwise(self, parts: Parts, states: States) -> States:
        """Return the next hidden state."""
        a, b, c = parts[0].unbind(-2)
        (h,) = states
        kept = self.recurrent_activation(a) * h
        return (self.activation(kept + self.recurrent_activation(b) * self.activation(c)),)


@pytest.fixture
def own_components() -> Iterator[None]:
    """Register a cell and an activation, and take them back."""
    act.register_cell("twice", TwiceCell)
    act.register_activation("cube_root", lambda x: x.abs().add(1e-3).pow(1 / 3) * x.sign())
    yield
    del cell_table["twice"]
    del activation_table["cube_root"]


@pytest.mark.usefixtures("own_components")
def test_a_cell_and_an_activation_of_a_users_own_are_measured() -> None:
    """Functions are numbered where nobody named them."""
    found = _measured(_model(_architecture("twice", "cube_root")), _batch())

    assert [part.role for part in found.units] == [
        "activation 1", "activation 2", "gate 1", "gate 2",
    ]  # fmt: skip
    assert {part.function for part in found.units} == {"cube_root", "sigmoid"}
    assert found.gradient is not None


# -- cost and jobs --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def trainer() -> Trainer:
    """Monthly passengers, to be forecast."""
    task = bind("forecasting", load("airpassengers", task="forecasting"), horizon=12)
    return Trainer(task, task.development_and_test(0)[0])


def _job(architecture: Architecture, until_epoch: int = 1) -> TrainingJob:
    return TrainingJob(
        architecture=architecture, learning_rate=0.01, repeat=0, until_epoch=until_epoch, seed=0,
        keep=True,
    )  # fmt: skip


def test_networks_are_timed_in_turns(trainer: Trainer) -> None:
    """A turn takes time; medians are at least the least; a bigger network holds more."""
    small, large = time_in_turns(
        trainer, [_job(_architecture("rnn")), _job(_architecture("lstm", layers=2))], turns=3
    )

    assert small is not None
    assert large is not None
    assert small.turns == large.turns == 3
    assert 0.0 < small.train_ms_least <= small.train_ms_per_step
    assert 0.0 < small.infer_ms_least <= small.infer_ms_per_sequence
    assert small.memory_mb < large.memory_mb


def test_nothing_is_timed_after_the_deadline(trainer: Trainer) -> None:
    """And no number is made up for it."""
    assert time_in_turns(trainer, [_job(_architecture("rnn"))], deadline=0.0) == (None,)


def test_memory_is_counted_by_hand() -> None:
    """A GRU of 6 units: 4 copies of its weights, and 1 + 6 * (3 + 1) numbers a step."""
    model = _model(_architecture("gru"))
    weights = 3 * H * (1 + H + 2) + H + 1

    assert memory_of(model, _batch()) == 4 * (4 * weights + B * T * (1 + H * 4))


def test_a_lost_checkpoint_is_made_again(trainer: Trainer) -> None:
    """The network is trained once more, and is the same."""
    job = _job(_architecture("gru"))
    checkpoint = job.run(trainer).checkpoint
    assert checkpoint is not None
    kept = DiagnosisJob(training=job, checkpoint=checkpoint).run(trainer)
    lost = DiagnosisJob(training=job, checkpoint=None).run(trainer)

    assert kept == lost
    assert diagnostics_from(kept) == diagnose(trainer, job, checkpoint)
    assert DiagnosisJob(training=job, checkpoint=checkpoint, deadline=0.0).run(trainer) == {}


@pytest.mark.slow
def test_a_linear_problem_is_solved_by_a_nearly_linear_tanh() -> None:
    """The mean of small numbers, learnt: tanh hardly bends; of their signs' product it must."""
    curvatures = []
    for product in (False, True):
        x = torch.randn(256, 6, 1, generator=_stream(7))
        y = x[:, -2:].sign().prod(1) if product else 0.3 * x.mean(1)
        model = _model(_architecture("rnn"))
        adam = torch.optim.Adam(model.parameters(), lr=0.02)
        for _ in range(400):
            adam.zero_grad()
            mse_loss(model(x), y).backward()
            adam.step()
        batch = Batch(inputs=x, lengths=None, targets=y)
        curvatures.append(_part(_measured(model, batch), "activation").curvature or 0.0)

    assert curvatures[0] < 0.05 < curvatures[1]


# -- whole studies --------------------------------------------------------------------------------

SMALL = {
    "task": "forecasting", "horizon": 6, "cells": ["rnn"], "activations": ["tanh", "relu"],
    "depths": [1], "hidden_size": 6, "epochs_budget": 360, "progress": "quiet",
}  # fmt: skip


@pytest.mark.slow
def test_a_study_measures_what_it_ranks_and_resumes_without_checkpoints(tmp_path: Path) -> None:
    """Each row has its numbers; lost checkpoints change nothing, and nothing is measured twice."""
    report = act.recommend("airpassengers", **SMALL, workers=2, out=tmp_path / "s")
    for row in report.record.ranking:
        found = row.diagnostics
        assert found is not None
        assert found.gradient is not None
        assert found.cost is not None
        assert found.units
    journal = tmp_path / "s" / "journal.jsonl"
    lines = journal.read_text(encoding="utf8").splitlines(keepends=True)
    diagnosed = [line for line in lines if '"diagnosis|' in line]
    # As after a crash amid the diagnostics; the refits are there to give the test its networks.
    lost = {*diagnosed[1:], *(line for line in lines if '"key":"refit0|' in line)}
    (tmp_path / "s" / "report.json").unlink()
    journal.write_text("".join(line for line in lines if line not in lost), encoding="utf8")
    again = act.resume(tmp_path / "s", progress="quiet")
    keys = [json.loads(line)["key"] for line in journal.read_text(encoding="utf8").splitlines()]

    assert [_untimed(row) for row in again.record.ranking] == [
        _untimed(row) for row in report.record.ranking
    ]
    assert sorted(keys) == sorted(json.loads(line)["key"] for line in lines)


def _untimed(row: RankedRecord) -> RankedRecord:
    """The row without what was measured by a clock."""
    found = row.diagnostics
    assert found is not None
    return replace(row, diagnostics=replace(found, cost=None, why=tuple(without_clock(found.why))))


def _only_float32(x: Tensor) -> Tensor:
    if x.requires_grad and x.dtype == torch.float64:
        raise ZeroDivisionError("a bug")
    return 0.9 * torch.tanh(x)


@pytest.mark.slow
def test_a_diagnostic_that_crashes_says_so_and_loses_no_study(tmp_path: Path) -> None:
    """The error comes out; the report is there without what could not be measured."""
    act.register_activation("fragile", _only_float32, low=-1.0, high=1.0)
    options = {**SMALL, "activations": ["tanh", "fragile"], "backend": "reference"}
    try:
        with pytest.raises(ZeroDivisionError, match="a bug"):
            act.recommend("airpassengers", **options, workers=0, out=tmp_path / "s")
    finally:
        del activation_table["fragile"]
    record = act.load_report(tmp_path / "s").record

    assert record.ranking
    assert all(row.diagnostics is None for row in record.ranking)
    assert any("insides" in note for note in record.notes)


@pytest.mark.parametrize(
    ("change", "place"),
    [({"gradient": 3}, "gradient"), ({"steps": "many"}, "steps"), ({"sequences": -1}, "sequences")],
)
def test_a_record_that_nobody_wrote_is_refused(change: dict[str, object], place: str) -> None:
    """A forged line of a journal: one error, which says where, and what to do."""
    whole = {"repeat": 0, "sequences": 3, "steps": 7, "gradient": None, "units": [], "cost": None}
    with pytest.raises(StudyError, match=rf"not written: {place}.* Remove the lines"):
        diagnostics_from({**whole, **change})

    assert diagnostics_from(whole) is not None
