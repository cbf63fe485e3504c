"""A recommended network as a PyTorch module that a person can read, run and change.

Names of parameters are those of the study's weights, so that these load into it.
"""

from __future__ import annotations

from actselect.activations import get_activation
from actselect.architecture import Architecture
from actselect.cells import cells
from actselect.exporting import _encoder_code as encoder
from actselect.exporting import _recurrent_code as recurrent
from actselect.exporting._flavour import EXPRESSIONS, own_names
from actselect.exporting._header import header
from actselect.exporting._python import call, comment, fitted, indented, quoted
from actselect.exporting._source import Source

RETURNS = {
    False: "raw outputs (B, {k}), after each sequence's own last step",
    True: "raw outputs (B, T, {k}), one row for every step",
}
ANSWER = "return self.output(features)"
OF_STUDY = """\
tensors = load_file(path)
network = Network()
network.load_state_dict(
    {
        name.removeprefix("model."): tensor
        for name, tensor in tensors.items()
        if name.startswith("model.")
    }
)
return network.eval()
"""
BESIDE = """\
network = Network()
network.load_state_dict(load_file(path))
return network.eval()
"""


def module(source: Source, flavour: str, *, beside: bool = False, foot: str = "") -> str:
    """Return the source of a module with the network, a loader of its weights, and an example.

    Args:
        source: the study.
        flavour: ``torch`` or ``actselect``.
        beside: whether the weights lie beside the module, as a plain ``state_dict``, and not in the
            study.
        foot: comment lines at the end.
    """
    body = encoder.classes(source.encoder) + _network(source, flavour) + _loader(beside=beside)
    file = source.folder.model / "weights.safetensors"
    place = 'Path(__file__).with_name("weights.safetensors")'
    parts = [
        header(source, flavour, beside=beside),
        _imports(body, flavour, source.architecture),
        _constants(source, place if beside else quoted(str(file))),
        body + _main(source),
    ]
    return "\n\n".join(parts) + (f"\n\n{foot}\n" if foot else "\n")


def _imports(body: str, flavour: str, architecture: Architecture) -> str:
    packing = [name for name in ("pack_padded_sequence", "pad_packed_sequence") if name in body]
    lines = {
        "from pathlib import Path\n": True,
        "import actselect": flavour == "actselect",
        "import torch": True,
        "from actselect.activations import get_activation": "get_activation" in body,
        "from actselect.architecture import LayerSpec": "LayerSpec" in body,
        "from safetensors.torch import load_file": True,
        "from torch import Tensor, nn": True,
        "from torch.nn import functional": "functional." in body,
        f"from torch.nn.utils.rnn import {', '.join(packing)}": bool(packing),
    }
    found = "\n".join(line for line, wanted in lines.items() if wanted)
    own_cells, own_activations = own_names(architecture)
    notes = [f"actselect.register_cell({quoted(name)}, ...)" for name in own_cells]
    notes += [f"actselect.register_activation({quoted(n)}, ...)" for n in own_activations]
    if notes:
        found += "\n\n" + comment(f"Import here your module that calls {' and '.join(notes)}.")
    return found


def _constants(source: Source, weights: str) -> str:
    lines = [
        f"HIDDEN_SIZE = {source.architecture.hidden_size}",
        f"NUM_LAYERS = {source.architecture.num_layers}",
    ]
    if source.row is not None:
        lines.append(f"LEARNING_RATE = {source.row.learning_rate!r}")
    return "\n".join([*lines, f"WEIGHTS = {weights}", ""])


def _network(source: Source, flavour: str) -> str:
    architecture = source.architecture
    width = "2 * HIDDEN_SIZE" if architecture.bidirectional else "HIDDEN_SIZE"
    hidden = architecture.head_activation != "identity"
    built = indented(
        "super().__init__()",
        encoder.built(source.encoder),
        recurrent.built(source, flavour),
        f"self.hidden = nn.Linear({width}, {width})" if hidden else "",
        f"self.output = nn.Linear({width}, {source.output_size})",
        "self.reset_parameters()",
        by=8,
    )
    drawn = indented(
        '"""Draw initial weights as the study did."""',
        encoder.drawn(source.encoder).rstrip(),
        recurrent.drawn(architecture).rstrip()
        if flavour == "torch"
        else "self.recurrent.reset_parameters()",
        _head_drawn(architecture),
        by=8,
    )
    return f'''\
class Network(nn.Module):
    """{_shown(architecture)}; see the comment on top."""

    def __init__(self) -> None:
{built}

    def reset_parameters(self) -> None:
{drawn}

{_forward(source, flavour)}


'''


def _shown(architecture: Architecture) -> str:
    layers = f"{architecture.num_layers} layer{'s' if architecture.num_layers > 1 else ''}"
    both = " in both directions" if architecture.bidirectional else ""
    return f"{layers} of {architecture.hidden_size} recurrent units{both}, and a head"


def _head_drawn(architecture: Architecture) -> str:
    lines = []
    if architecture.head_activation != "identity":
        own = architecture.head_activation in own_names(architecture)[1]
        gain = 1.0 if own else get_activation(architecture.head_activation).gain
        lines += [
            f"nn.init.xavier_uniform_(self.hidden.weight, gain={gain:g})",
            "nn.init.zeros_(self.hidden.bias)",
        ]
    return "\n".join(
        [
            *lines,
            "nn.init.xavier_uniform_(self.output.weight)",
            "nn.init.zeros_(self.output.bias)",
        ]
    )


def _forward(source: Source, flavour: str) -> str:
    name = source.inputs_name
    inputs = encoder.parameters(source.encoder, name)
    taken = ("self", *inputs, "lengths: Tensor | None = None")
    returns = RETURNS[source.every].format(k=source.output_size)
    body = [
        encoder.run(source.encoder),
        recurrent.run(source, flavour).rstrip(),
        _head(source.architecture),
    ]
    if body[0] == "steps = inputs" and flavour != "torch":  # there they are packed in between
        body = ["", body[1].replace("(steps", "(inputs"), body[2]]
    if not source.writes:
        return _method("forward", taken, "Tensor", f"Return {returns}.", *body, ANSWER)
    state = _state(source.architecture)
    given = encoder.arguments(source.encoder, name)
    forward = _method(
        "forward", taken, "Tensor", f"Return {returns}.", f"return self.run({given}, lengths)[0]"
    )
    told = "Return what forward does, and the state: hand it back in when more steps come."
    run = _method(
        "run", (*taken, f"state: {state} | None = None"), f"tuple[Tensor, {state}]", told,
        *body, f"{ANSWER}, after",
    )  # fmt: skip
    return f"{forward}\n\n{run}"


def _state(architecture: Architecture) -> str:
    cell = cells().get(architecture.cell)
    if cell is None:
        return "Tensor | tuple[Tensor, Tensor]"
    return "Tensor" if cell.n_states == 1 else "tuple[Tensor, Tensor]"


def _method(name: str, taken: tuple[str, ...], returned: str, told: str, *body: str) -> str:
    line = f"def {name}({', '.join(taken)}) -> {returned}:"
    if len(line) > 84:
        line = call(f"def {name}", taken, after=f" -> {returned}:")
    return indented(line, indented(f'"""{told}"""', *body))


def _head(architecture: Architecture) -> str:
    name = architecture.head_activation
    if name == "identity":
        return ""
    own = f"get_activation({quoted(name)}).function(features)"
    return f"features = self.hidden(features)\nfeatures = {EXPRESSIONS.get(name, own)}"


def _loader(*, beside: bool) -> str:
    return (
        "def load_trained(path: str | Path = WEIGHTS) -> Network:\n"
        '    """Return the network with the weights that the study trained, ready to answer."""\n'
        + indented((BESIDE if beside else OF_STUDY).rstrip())
        + "\n\n\n"
    )


def _main(source: Source) -> str:
    name, steps = source.inputs_name, source.steps
    lines = encoder.example(source.encoder, name, steps)
    given = encoder.arguments(source.encoder, name)
    if source.ragged:
        lengths = [str(steps), str(max(1, steps // 2)), "1", str(steps)]
        lines += f"\nlengths = torch.tensor([{', '.join(lengths)}])"
        given += ", lengths"
    count = "sum(weights.numel() for weights in network.parameters())"
    shown = 'f"{count:,} weights; {tuple(' + name + '.shape)} -> {tuple(outputs.shape)}"'
    return "\n".join(
        [
            'if __name__ == "__main__":',
            indented(
                "network = Network()",
                lines,
                f"outputs = network({given})",
                f"count = {count}",
                fitted("print", [shown], indent=4),
            ),
        ]
    )
