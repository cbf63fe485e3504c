"""How a study was done: names and values, for the end of a report."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from actselect.records import ArchitectureRecord, ReportRecord
from actselect.report import wording
from actselect.report.wording import count, percent

SPLITS = (
    "The test part was set aside before anything else. In each repeat the parts that networks are "
    "trained on, stopped on and scored on are disjoint, and the same for all architectures."
)


def facts(record: ReportRecord, say: Callable[[str], str] = str) -> Iterator[tuple[str, str]]:
    """Yield (name, value) of everything that tells how the study was done, in reading order.

    ``say`` puts an English sentence into the language of the reader.
    """
    yield from ((say(name), value) for name, value in _data(record, say))
    yield from ((say(name), value) for name, value in _protocol(record, say))
    yield from ((say(name), value) for name, value in _machine(record, say))


def _data(record: ReportRecord, say: Callable[[str], str]) -> Iterator[tuple[str, str]]:
    data = record.dataset
    size = f"{data.name}: {count(data.sequences, 'sequence')} of {count(data.length, 'step')}"
    varies = data.length_min != data.length_max
    range_ = f" (median; {data.length_min} to {data.length_max})" if varies else ""
    yield "Data", say(size + range_)
    yield "Features", ", ".join(data.features)
    yield "Target", data.target
    yield "SHA-256 of the data", data.sha256
    for note in data.notes:
        yield "Reading", say(note)


def _protocol(record: ReportRecord, say: Callable[[str], str]) -> Iterator[tuple[str, str]]:
    verdict = record.verdict
    yield "Splits", say(SPLITS)
    if record.ranking:
        first = record.ranking[0]
        role = wording.first_role(record).capitalize()
        yield role, f"{first.label}: {say(layers(first.architecture))}"
    margin = f"practical margin {verdict.margin:.3g} {record.metric.name}"
    yield "Confidence asked for", say(f"{percent(verdict.confidence)}, {margin}")
    repeats = count(len(record.seeds.repeats), "repeat")
    yield "Seeds", say(f"root {record.seeds.root}, {repeats}")
    yield "Budget", say(wording.budget(record))
    rungs = ", ".join(map(str, record.screening.rungs))
    yield "Rungs of the screening", say(f"{rungs} epochs")


def _machine(record: ReportRecord, say: Callable[[str], str]) -> Iterator[tuple[str, str]]:
    place = record.environment
    versions = (
        f"actselect {record.actselect_version}, Python {place.python}, PyTorch {place.torch}, "
        f"Optuna {place.optuna}, NumPy {place.numpy}"
    )
    yield "Versions", versions
    yield "Backend", say(place.backend)
    memory = [say(f"{name} {size:,.0f} MB at most") for name, size in place.peak_memory_mb.items()]
    yield "Machine", "; ".join([place.platform, *memory])
    options = [f"{name}={_option(v)}" for name, v in record.options.items() if v is not None]
    if options:
        yield "Options", ", ".join(options)


def _option(value: str | float | list[str] | list[int] | list[float]) -> str:
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)


def layers(architecture: ArchitectureRecord) -> str:
    """Return what an architecture is made of, in words."""
    size = count(architecture.hidden_size, "hidden unit")
    depth = count(architecture.num_layers, "layer")
    both = ", both directions" if architecture.bidirectional else ""
    return f"{depth} of {size}{both}"
