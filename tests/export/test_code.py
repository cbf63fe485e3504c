"""Generated PyTorch modules: they run, are formatted, and answer as the study's network does."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from actselect import activations, cells
from actselect.activations import register_activation
from actselect.artifact import load_artifact
from actselect.cells import register_cell
from actselect.cells.gru import GRUCell
from actselect.exceptions import UsageError
from actselect.exporting import export
from actselect.exporting._flavour import EXPRESSIONS

Case = tuple[tuple[str, ...], dict[str, Any]]
RUNNER = """
import runpy, sys, torch
from pathlib import Path
from safetensors.torch import load_file, save_file
torch.set_num_threads(1)
for folder in map(Path, sys.argv[1:]):
    found = runpy.run_path(str(folder / "network.py"), run_name="__main__")
    network, given = found["load_trained"]().double(), load_file(folder / "given.safetensors")
    names = [name for name in ("inputs", "symbols", "words", "pictures") if name in given]
    inputs = [given[name] for name in names]
    with torch.no_grad():
        save_file(
            {"whole": network(*inputs), "ragged": network(*inputs, given["lengths"])},
            folder / "answers.safetensors",
        )
"""
TORCH: Final[list[Case]] = [
    (("rnn", "tanh", "tanh"), {"bidirectional": True, "head_activation": "penalized_tanh"}),
    (("rnn", "relu"), {"task": "forecasting"}),
    (("lstm", "tanh/sigmoid", "tanh/sigmoid"), {"task": "forecasting", "head_activation": "mish"}),
    (("lstm", "tanh/sigmoid"), {"task": "tagging", "bidirectional": True}),
    (("gru", "tanh/sigmoid"), {"task": "text-classification", "head_activation": "elliott"}),
    (("gru", "tanh/sigmoid", "tanh/sigmoid"), {"task": "language-modeling"}),
    (("gru", "tanh/sigmoid"), {"task": "captioning"}),
    (("lstm", "tanh/sigmoid"), {"task": "sequence-to-sequence"}),
]
ACTSELECT: Final[list[Case]] = [
    (("rnn", "sin", "tanh"), {"task": "regression", "bidirectional": True}),
    (("lstm", "softsign/hard_sigmoid>tanh", "relu/elliott"), {"task": "captioning"}),
    (("gru", "softsign/sigmoid", "softsign/hard_sigmoid"), {"task": "tagging"}),
    (("mgu", "tanh/sigmoid"), {"task": "classification", "bidirectional": True}),
    (("indrnn", *["penalized_tanh"] * 4, "leaky_relu"), {"task": "event-forecasting"}),
]
CASES: Final[list[tuple[Case, str]]] = [
    *((case, "torch") for case in TORCH),
    *((case, "actselect") for case in TORCH),  # the same networks in the other flavour
    *((case, "auto") for case in ACTSELECT),
]


def given_to(folder: Path) -> dict[str, Tensor]:
    """Return random inputs for a study's network, three sequences of seven steps."""
    described = json.loads((folder / "model" / "architecture.json").read_text())
    encoder, random = described["encoder"], torch.Generator().manual_seed(3)
    lengths = torch.tensor([7, 2, 5])
    if encoder["kind"] == "Numbers":
        inputs = torch.randn(3, 7, encoder["width"], generator=random, dtype=torch.float64)
        return {"inputs": inputs, "lengths": lengths}
    parts = encoder.get("per_step", 1)
    shape = (3, 7) if parts == 1 else (3, 7, parts)
    symbols = torch.randint(encoder["size"], shape, generator=random)
    if encoder["kind"] == "Symbols":
        return {"symbols": symbols, "lengths": lengths}
    pictures = 255 * torch.rand(3, *encoder["picture"], generator=random, dtype=torch.float64)
    return {"words": symbols, "pictures": pictures, "lengths": lengths}


def answers_of(folder: Path, given: dict[str, Tensor], *, ragged: bool) -> Tensor:
    """Return what the study's own network answers, in float64."""
    network = load_artifact(folder / "model").model.double()
    name = next(name for name in ("inputs", "symbols", "words") if name in given)
    lengths = given["lengths"] if ragged else None
    with torch.no_grad():
        found: Tensor = network(given[name], lengths, given.get("pictures"))
    return found


def module_of(code: str) -> ModuleType:
    """Return a module with this source."""
    made = ModuleType("generated")
    exec(compile(code, "generated.py", "exec"), made.__dict__)  # noqa: S102 - what a user does
    return made


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory, plant: Any) -> list[Path]:
    """Plant a study for each case, write its module, and run all of them in one fresh process."""
    folders = []
    for number, ((names, options), flavour) in enumerate(CASES):
        folder = plant(tmp_path_factory.mktemp("studies") / f"study {number}", *names, **options)
        export(folder, flavour=flavour, out=folder / "network.py")
        save_file(given_to(folder), folder / "given.safetensors")
        folders.append(folder)
    command = [sys.executable, "-W", "error", "-c", RUNNER, *map(str, folders)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count(" weights; ") == len(CASES)
    return folders


@pytest.mark.parametrize("number", range(len(CASES)))
def test_a_generated_module_answers_as_the_network_does(written: list[Path], number: int) -> None:
    """With the trained weights, whole or padded sequences: the raw outputs are the network's."""
    folder = written[number]
    given, found = (load_file(folder / f"{name}.safetensors") for name in ("given", "answers"))

    for kind in ("whole", "ragged"):
        wanted = answers_of(folder, given, ragged=kind == "ragged")
        torch.testing.assert_close(found[kind], wanted, atol=1e-9, rtol=1e-6)


@pytest.mark.parametrize("width", [88, 100])
def test_generated_modules_are_formatted(written: list[Path], width: int) -> None:
    """Nothing is left to do for ``ruff format``, and ``ruff check`` finds nothing."""
    files = [str(folder / "network.py") for folder in written]
    ruff = [sys.executable, "-m", "ruff"]
    options = ["--isolated", "--line-length", str(width)]
    for command in (["format", "--diff"], ["check", "--select", "E4,E7,E9,F,W,ANN"]):
        whole = [*ruff, *command, *options, *files]
        done = subprocess.run(whole, capture_output=True, text=True, check=False)

        assert done.returncode == 0, done.stdout


def test_plain_torch_needs_no_actselect(written: list[Path]) -> None:
    """The flavour torch imports nothing of actselect, and the other one does."""
    texts = {flavour: (folder / "network.py").read_text()
             for folder, (_, flavour) in zip(written, CASES, strict=True)}  # fmt: skip

    assert "import actselect" not in texts["torch"]
    assert "import actselect" in texts["actselect"]


@pytest.mark.parametrize(
    ("names", "options", "reason"),
    [
        (("mgu", "tanh/sigmoid"), {}, "torch.nn has no MGU"),
        (("indrnn", "relu"), {}, "torch.nn has no IndRNN"),
        (("rnn", "tanh", "relu"), {}, "torch.nn.RNN has one activation for all layers"),
        (("rnn", "sin"), {}, "torch.nn.RNN has tanh or relu only"),
        (("lstm", "tanh/hard_sigmoid"), {}, "torch.nn.LSTM has tanh and sigmoid only"),
        (("lstm", "tanh/sigmoid>relu"), {}, "torch.nn.LSTM has tanh and sigmoid only"),
        (("gru", "tanh/sigmoid", "relu/sigmoid"), {}, "torch.nn.GRU has tanh and sigmoid only"),
    ],
)
def test_plain_torch_is_refused_with_the_reason(
    planted: Any, names: tuple[str, ...], options: dict[str, Any], reason: str
) -> None:
    """What torch.nn does not have cannot be had in plain torch; the other flavour says why."""
    study = planted(*names, **options)

    with pytest.raises(UsageError, match=reason):
        export(study, flavour="torch")
    assert reason in " ".join(str(export(study)).replace("#  ", "").split())


def test_the_head_knows_every_activation() -> None:
    """Each built-in activation has an expression in plain torch, which is the same function."""
    features = torch.linspace(-4, 4, 33, dtype=torch.float64)
    space = {"torch": torch, "functional": torch.nn.functional, "features": features}
    built_in = {n: s for n, s in activations.activations().items() if s.source}
    for name, spec in built_in.items():
        found = eval(EXPRESSIONS[name], space)  # noqa: S307 - our own table

        torch.testing.assert_close(found, spec.function(features), atol=1e-12, rtol=1e-12)


@pytest.mark.parametrize("flavour", ["torch", "actselect"])
def test_a_writing_network_goes_on_from_its_state(planted: Any, flavour: str) -> None:
    """Two steps and then five more give what seven steps give."""
    folder = planted("lstm", "tanh/sigmoid", "tanh/sigmoid", task="language-modeling")
    network = module_of(str(export(folder, flavour=flavour))).load_trained()
    symbols = given_to(folder)["symbols"]

    first, state = network.run(symbols[:, :2])
    rest, _ = network.run(symbols[:, 2:], state=state)
    torch.testing.assert_close(torch.cat([first, rest], 1), network(symbols))


@pytest.mark.parametrize(
    "names", [("lstm", "tanh/sigmoid"), ("gru", "tanh/sigmoid"), ("rnn", "relu")]
)
def test_fresh_weights_are_drawn_as_in_the_study(planted: Any, names: tuple[str, ...]) -> None:
    """Recurrent blocks are orthogonal or the identity, biases open the gate that remembers, and
    input weights fill the range of Glorot's rule times the activation's gain.
    """
    torch.manual_seed(0)  # of 15 weights the largest may else be small
    folder = planted(*names, head_activation="tanh")
    plain, ours = (
        module_of(str(export(folder, flavour=flavour))).Network()
        for flavour in ("torch", "actselect")
    )
    for one, other in zip(plain.named_parameters(), ours.named_parameters(), strict=True):
        assert one[0] == other[0]
        if "bias" in one[0]:
            assert torch.equal(one[1], other[1])
    for block, twin in zip(
        plain.recurrent.weight_hh_l0.split(5), ours.recurrent.weight_hh_l0.split(5), strict=True
    ):
        torch.testing.assert_close(block @ block.T, torch.eye(5))
        assert torch.equal(block, torch.eye(5)) == torch.equal(twin, torch.eye(5))
    gain = activations.get_activation(names[1].partition("/")[0]).gain
    bound = gain * (6 / (5 + 3)) ** 0.5
    assert 0.8 * bound < plain.recurrent.weight_ih_l0.abs().max() <= bound


@pytest.fixture
def own() -> Iterator[None]:
    """Register a cell and an activation of one's own, for one test."""
    register_activation("half_tanh", lambda x: 0.5 * torch.tanh(x), low=-0.5, high=0.5)
    register_cell("mine", GRUCell)
    yield
    activations._table.pop("half_tanh", None)
    cells._table.pop("mine", None)


@pytest.mark.usefixtures("own")
def test_a_cell_and_an_activation_of_ones_own_are_named(planted: Any) -> None:
    """The module says what must be imported, runs when it is, and says what is missing if not."""
    folder = planted("mine", "half_tanh/sigmoid", "tanh/sigmoid", head_activation="half_tanh")
    given = given_to(folder)
    wanted = answers_of(folder, given, ragged=False)

    code = str(export(folder))
    assert 'actselect.register_cell("mine", ...)' in code
    assert 'actselect.register_activation("half_tanh", ...)' in code
    torch.testing.assert_close(module_of(code).load_trained().double()(given["inputs"]), wanted)

    activations._table.pop("half_tanh")
    cells._table.pop("mine")
    assert str(export(folder)).count('"mine"') == code.count('"mine"')
    with pytest.raises(UsageError, match="Unknown activation 'half_tanh'"):
        module_of(code).Network()


def test_names_from_data_cannot_leave_the_comment(planted: Any) -> None:
    """Line breaks, quotes and controls in a name do no harm."""
    folder = planted(
        "gru", "tanh/sigmoid", dataset='x"""\nimport os\r\x0c\u2028print(1) \x00 # \\ \u202e end'
    )
    code = str(export(folder))

    compile(code, "generated.py", "exec")
    assert "\nimport os" not in code
    assert "print(1)" not in [line.strip() for line in code.splitlines()]


def test_plain_torch_is_the_default_where_it_can_be(planted: Any) -> None:
    """What is not refused is written in plain torch without being asked for."""
    study = planted("gru", "tanh/sigmoid")

    assert "actselect.nn" not in str(export(study))
    assert "actselect.nn.GRU(" in str(export(study, flavour="actselect"))
