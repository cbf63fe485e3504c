"""Source of the recurrent layers: how they are built, drawn and run."""

from __future__ import annotations

from actselect.activations import get_activation
from actselect.architecture import Architecture, LayerSpec
from actselect.cells import cells
from actselect.exporting._flavour import CLASSES
from actselect.exporting._python import call, named, quoted
from actselect.exporting._source import Source
from actselect.initialisation import IDENTITY_FOR, OPEN_GATES

GATES = {"rnn": "", "lstm": "  # gates i, f, g, o", "gru": "  # gates r, z, n"}
PACKED = """\
if lengths is not None:
    steps = pack_padded_sequence(
        steps,
        lengths.cpu(),
        batch_first=True,
        enforce_sorted=False,
    )
"""
PADDED = """\
if lengths is not None:
    features, _ = pad_packed_sequence(
        features,
        batch_first=True,
        total_length=inputs.shape[1],
    )
"""


def built(source: Source, flavour: str) -> str:
    """Return the line that makes ``self.recurrent``."""
    architecture = source.architecture
    sizes = [f"input_size={source.encoder.width}", "hidden_size=HIDDEN_SIZE"]
    if architecture.cell not in CLASSES:
        return _own_cell(architecture, sizes)
    arguments = [*sizes, "num_layers=NUM_LAYERS", "batch_first=True"]
    if architecture.bidirectional:
        arguments.append("bidirectional=True")
    if flavour == "torch":
        if architecture.cell == "rnn":
            arguments.append(f"nonlinearity={quoted(architecture.layers[0].activation)}")
        return _made(f"nn.{CLASSES[architecture.cell]}", arguments)
    arguments += [f"{name}={value}" for name, value in _activations(architecture).items()]
    return _made(f"actselect.nn.{CLASSES[architecture.cell]}", arguments)


def _made(function: str, arguments: list[str]) -> str:
    return call(function, arguments, before="self.recurrent = ")


def _activations(architecture: Architecture) -> dict[str, str]:
    layers, cell = architecture.layers, cells()[architecture.cell]
    found = {"activation": named([spec.activation for spec in layers])}
    if cell.gated:
        found["recurrent_activation"] = named([s.recurrent_activation or "sigmoid" for s in layers])
    if cell.has_output_activation:
        outputs = [s.output_activation or s.activation for s in layers]
        if outputs != [spec.activation for spec in layers]:
            found["output_activation"] = named(outputs)
    return found


def _own_cell(architecture: Architecture, sizes: list[str]) -> str:
    layers = ",\n".join(f"    {_layer(spec)}" for spec in architecture.layers)
    arguments = [quoted(architecture.cell), *sizes, f"layers=[\n{layers},\n]", "batch_first=True"]
    if architecture.bidirectional:
        arguments.append("bidirectional=True")
    return _made("actselect.nn.Recurrent", arguments)


def _layer(spec: LayerSpec) -> str:
    given = {
        "activation": spec.activation,
        "recurrent_activation": spec.recurrent_activation,
        "output_activation": spec.output_activation,
    }
    arguments = [f"{name}={quoted(value)}" for name, value in given.items() if value is not None]
    return call("LayerSpec", arguments).replace("\n", "\n    ")


def drawn(architecture: Architecture) -> str:
    """Return lines that draw the weights of a plain torch layer as the study did."""
    cell, activation = architecture.cell, get_activation(architecture.layers[0].activation)
    n_gates = cells()[cell].n_gates
    recurrent = "nn.init.orthogonal_(block)"
    if cell == "rnn" and activation.name in IDENTITY_FOR:
        recurrent = "nn.init.eye_(block)"
    lines = f"""\
for name, weights in self.recurrent.named_parameters():
    for block in weights.data.chunk({n_gates}):{GATES[cell]}
        if name.startswith("weight_ih"):
            nn.init.xavier_uniform_(block, gain={activation.gain:g})
        elif name.startswith("weight_hh"):
            {recurrent}
        else:
            nn.init.zeros_(block)
"""
    if cell in OPEN_GATES:
        gate, value = OPEN_GATES[cell]
        lines += f"""\
    if name.startswith("bias_ih"):
        weights.data.chunk({n_gates})[{gate}].fill_({value})  # remember at first
"""
    return lines


def run(source: Source, flavour: str) -> str:
    """Return lines that make ``features`` of ``steps``: (B, H * D), or (B, T, H * D) at every step.

    With a state, ``state`` is what comes in, and ``after`` what it has become.
    """
    state = ", state" if source.writes else ""
    if flavour == "torch":
        before, reading, behind = PACKED, f"self.recurrent(steps{state})", PADDED
    else:
        before, reading, behind = "", f"self.recurrent(steps{state}, lengths=lengths)", ""
    behind = behind.replace("inputs", source.inputs_name)
    if source.every:
        after = "after" if source.writes else "_"
        return f"{before}features, {after} = {reading}\n{behind}"
    return f"{before}{_last(source.architecture, reading)}"


def _last(architecture: Architecture, reading: str) -> str:
    """Take the top layer's hidden state after each sequence's own last step."""
    cell = cells().get(architecture.cell)
    hidden = "states" if cell is None or cell.n_states == 1 else "(states, _)"
    lines = f"_, {hidden} = {reading}\n"
    if cell is None:  # registered in no module that is loaded: it may have one state or two
        lines += "states = states if isinstance(states, Tensor) else states[0]\n"
    if architecture.bidirectional:
        return f"{lines}features = torch.cat([states[-2], states[-1]], -1)\n"
    return f"{lines}features = states[-1]\n"
