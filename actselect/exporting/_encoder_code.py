"""Source of the encoder: what is in front of the recurrent layers."""

from __future__ import annotations

from actselect.encoders import CHANNELS, PIXEL, Captions, Encoder, Numbers, Symbols


def _captions(spec: Captions) -> str:
    pairs = tuple(zip((spec.picture[0], *CHANNELS), CHANNELS, strict=False))
    layers = "".join(f"                nn.Conv2d({i}, {o}, 3, padding=1),\n" for i, o in pairs)
    built = f"self.convolutions = nn.ModuleList(\n            [\n{layers}            ]\n        )\n"
    seen = f"""\
features = pictures / {PIXEL}
        for layer in self.convolutions:
            features = functional.max_pool2d(torch.relu(layer(features)), 2)
        vector = torch.tanh(self.vector(features.flatten(1)))
"""
    if len(spec.picture) == 1:
        built, seen = "", "vector = torch.tanh(self.vector(pictures))\n"
    else:
        built = f"        {built}"
    return f'''\
class WordsAndPicture(nn.Module):
    """At every step a word's embedding, and the vector of the picture it belongs to."""

    def __init__(self) -> None:
        super().__init__()
        self.words = nn.Embedding({spec.size}, {spec.embedding}, padding_idx=0)
{built}        self.vector = nn.Linear({spec.flat}, {spec.vector})

    def forward(self, words: Tensor, pictures: Tensor) -> Tensor:
        {seen}        vectors = vector[:, None].expand(-1, words.shape[1], -1)
        return torch.cat([self.words(words), vectors], -1)


'''


def classes(encoder: Encoder) -> str:
    """Return the classes that a network's encoder needs."""
    return _captions(encoder) if isinstance(encoder, Captions) else ""


def built(encoder: Encoder) -> str:
    """Return the line that makes ``self.encoder``; nothing for numbers."""
    if isinstance(encoder, Numbers):
        return ""
    if isinstance(encoder, Captions):
        return "self.encoder = WordsAndPicture()"
    sizes = f"{encoder.size}, {encoder.width}"
    if encoder.per_step == 1:
        return f"self.encoder = nn.Embedding({sizes}, padding_idx=0)"
    return f'self.encoder = nn.EmbeddingBag({sizes}, mode="sum", padding_idx=0)'


def drawn(encoder: Encoder) -> str:
    """Return lines that draw its weights as the study did, where that is not torch's way."""
    if isinstance(encoder, Captions):
        layers = "self.encoder.vector"
        if len(encoder.picture) > 1:
            layers = "*self.encoder.convolutions, self.encoder.vector"
        return (
            f"for layer in [{layers}]:\n"
            "    nn.init.kaiming_normal_(layer.weight)\n    nn.init.zeros_(layer.bias)\n"
        )
    if isinstance(encoder, Symbols) and encoder.per_step > 1:
        return f"self.encoder.weight.data.div_({encoder.per_step})  # a sum of parts starts small\n"
    return ""


def run(encoder: Encoder) -> str:
    """Return the line that makes ``steps`` of the inputs."""
    if isinstance(encoder, Numbers):
        return "steps = inputs"
    if isinstance(encoder, Captions):
        return "steps = self.encoder(words, pictures)"
    if encoder.per_step == 1:
        return "steps = self.encoder(symbols)"
    return (
        "parts = self.encoder(symbols.flatten(0, 1))\nsteps = parts.unflatten(0, symbols.shape[:2])"
    )


def parameters(encoder: Encoder, name: str) -> tuple[str, ...]:
    """Return the inputs of ``forward`` with their types."""
    found = (f"{name}: Tensor",)
    return (*found, "pictures: Tensor") if isinstance(encoder, Captions) else found


def arguments(encoder: Encoder, name: str) -> str:
    """Return the inputs as they are handed on."""
    return f"{name}, pictures" if isinstance(encoder, Captions) else name


def example(encoder: Encoder, name: str, steps: int) -> str:
    """Return lines that make random inputs, four sequences of them."""
    if isinstance(encoder, Numbers):
        return f"{name} = torch.randn(4, {steps}, {encoder.width})"
    if isinstance(encoder, Captions):
        shape = ", ".join(str(size) for size in encoder.picture)
        scale = f"{PIXEL} * " if len(encoder.picture) > 1 else ""
        return (
            f"{name} = torch.randint(1, {encoder.size}, (4, {steps}))\n"
            f"pictures = {scale}torch.rand(4, {shape})"
        )
    shape = f"4, {steps}" if encoder.per_step == 1 else f"4, {steps}, {encoder.per_step}"
    return f"{name} = torch.randint(1, {encoder.size}, ({shape}))"
