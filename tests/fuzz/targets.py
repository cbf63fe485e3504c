"""What is fuzzed: one target for each reader, with the public calls that reach it.

To add one: a row in ``TARGETS``, a valid file in ``seeds.py``, a folder in ``findings``.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from actselect.data import load
from actselect.data.tokenizing import tokenizer_for
from tests.fuzz import mutators, seeds
from tests.fuzz.mutators import Mutator


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One way to reach a reader.

    Args:
        file: name of the file that holds the bytes.
        ask: reads that file.
        seeds: valid contents.
        others: contents to start from that need not be valid.
        beside: other files in its folder, by name.
        mutate: how its contents are changed.
    """

    file: str
    ask: Callable[[Path], object]
    seeds: tuple[bytes, ...]
    others: tuple[bytes, ...] = ()
    beside: Mapping[str, bytes] = field(default_factory=dict)
    mutate: Mutator = mutators.text


def _loads(task: str, file: str, *contents: bytes, **options: Any) -> Question:
    return Question(file=file, ask=partial(_load, task, options), seeds=contents)


def _load(task: str, options: Mapping[str, Any], path: Path) -> object:
    return load(path, task=task, **options)


def _tables() -> tuple[Question, ...]:
    long = {"target": "y", "time": "time", "series": "id"}
    return (
        _loads("forecasting", "data.csv", seeds.LONG, **long),
        _loads("forecasting", "data.csv", seeds.PLAIN_SERIES),
        _loads("classification", "data.csv", seeds.WIDE, target="label"),
        _loads("regression", "data.csv", seeds.WIDE, target="t1"),
        _loads("classification", "data.csv", seeds.STEPS, target="label", series="id",
               time="time", group="group"),
        _loads("classification", "data.csv", seeds.SETS, target="label", multilabel=True),
        _loads("event-forecasting", "data.csv", seeds.EVENTS, series="piece"),
        _loads("text-classification", "data.csv", seeds.TEXTS),
        _loads("sequence-to-sequence", "data.tsv", seeds.PAIRS),
        _loads("tagging", "data.csv", seeds.TOKENS, series="sentence"),
        _loads("language-modeling", "data.csv", seeds.LINES, tokenizer="words"),
    )  # fmt: skip


def _jsonl() -> tuple[Question, ...]:
    return (
        _loads("forecasting", "data.jsonl", seeds.JSON_LONG),
        _loads("forecasting", "data.jsonl", seeds.GLUONTS, target="target"),
        _loads("classification", "data.jsonl", seeds.JSON_WIDE, target="label"),
        _loads("tagging", "data.jsonl", seeds.JSON_TAGS),
        _loads("text-classification", "data.jsonl", seeds.JSON_SETS, multilabel=True),
    )


def _ts() -> tuple[Question, ...]:
    return (
        _loads("classification", "data.ts", seeds.TS),
        _loads("regression", "data.ts", seeds.TS_NUMBERS),
    )


def _tsf() -> tuple[Question, ...]:
    return (_loads("forecasting", "data.tsf", seeds.TSF),)


def _ucr() -> tuple[Question, ...]:
    return (_loads("classification", "data.tsv", seeds.UCR),)


def _arff() -> tuple[Question, ...]:
    return (
        _loads("classification", "data.arff", seeds.ARFF, target="label"),
        _loads("classification", "data.arff", seeds.ARFF_NESTED),
        _loads("regression", "data.arff", seeds.ARFF.replace(b"?", b"1"), target="t2"),
    )


def _tagged() -> tuple[Question, ...]:
    return (
        _loads("tagging", "data.conll", seeds.CONLL, seeds.CONLL_TABS),
        _loads("tagging", "data.conllu", seeds.CONLLU),
        _loads("tagging", "data.tags", seeds.SLASHES),
        _loads("tagging", "data.txt", seeds.CONLL, seeds.CONLLU, seeds.SLASHES),
    )


def _texts() -> tuple[Question, ...]:
    labels = {"data/a/1.txt": b"so", **{f"data/b/{i}.txt": b"no" for i in range(5)}}
    labels |= {f"data/a/{i}.txt": b"a day" for i in range(2, 7)}
    return (
        _loads("language-modeling", "data.txt", seeds.PLAIN),
        _loads("language-modeling", "data.txt", seeds.PLAIN, tokenizer="words"),
        Question(
            file="data/a/1.txt", beside=labels, seeds=(seeds.PLAIN,),
            ask=lambda path: load(path.parents[1], task="text-classification"),
        ),
        Question(
            file="data/train.txt", beside={"data/test.txt": seeds.PLAIN}, seeds=(seeds.PLAIN,),
            ask=lambda path: load(path.parent, task="language-modeling"),
        ),
    )  # fmt: skip


def _captions() -> tuple[Question, ...]:
    beside = {"a.png": seeds.png(), "b/a.png": seeds.png("L")}
    found = (("data.json", (seeds.COCO, seeds.KARPATHY)), ("data.token", (seeds.FLICKR,)))
    ask = partial(_load, "captioning", {"predict": True})
    return tuple(Question(file=f, ask=ask, seeds=s, beside=beside) for f, s in found)


def _images() -> tuple[Question, ...]:
    return (
        Question(
            file="a.png", seeds=seeds.pictures(), beside={"data.token": b"a.png#0\tA dog\n"},
            ask=lambda path: load(path.parent / "data.token", task="captioning", predict=True),
        ),
    )  # fmt: skip


def _npz() -> tuple[Question, ...]:
    from actselect.data.saved import load_saved

    values, labels = np.ones((12, 4, 2)), ["a", "b"] * 6
    return (
        _loads("classification", "data.npz", seeds.npz(X=values, y=labels, lengths=[4] * 12)),
        _loads("regression", "data.npz", seeds.npz(
            X=values[:, 0], y=np.arange(12.0) % 5, lengths=[1] * 12, groups=[1] * 12,
            feature_names=["u"])),
        _loads("forecasting", "data.npz", seeds.npz(X=np.arange(40.0).reshape(2, 20, 1))),
        Question(
            file="features.npz", beside={"data.token": seeds.FLICKR},
            seeds=(seeds.npz(features=np.eye(2), names=["a.png", "b/a.png"]),),
            ask=lambda path: load(
                path.parent / "data.token", task="captioning", images=path, predict=True),
        ),
        Question(
            file="data.npz", seeds=(seeds.saved(),), ask=lambda path: load_saved(path, "data")),
    )  # fmt: skip


def _npy() -> tuple[Question, ...]:
    steps = np.arange(24.0)
    found = (steps, steps.reshape(12, 2).astype("f4"), np.arange(24).astype("i2"))
    return (_loads("forecasting", "data.npy", *map(seeds.npy, found)),)


def _parquet() -> tuple[Question, ...]:
    series, wide, texts, *others = seeds.parquets()
    valid = (
        _loads("forecasting", "data.parquet", series, target="y"),
        _loads("classification", "data.parquet", wide, target="c"),
        _loads("text-classification", "data.parquet", texts),
    )
    return tuple(replace(question, others=tuple(others)) for question in valid)


def _tokenizer() -> tuple[Question, ...]:
    def ask(path: Path) -> object:
        data = load(path.parent / "data.csv", task="text-classification", tokenizer=path)
        splits = tokenizer_for(path, "text-classification")
        assert data.tokens is not None
        assert splits is not None
        return splits.join(data.tokens.lexicon)

    return (
        Question(
            file="tokenizer.json", seeds=seeds.tokenizer_files(), beside={"data.csv": seeds.TEXTS},
            ask=ask,
        ),
    )  # fmt: skip


def _artifact(file: str) -> tuple[Question, ...]:
    from actselect.artifact import load_artifact

    return tuple(
        Question(
            file=file, seeds=(network[file],), beside=network,
            ask=lambda path: load_artifact(_signed(path.parent)),
        )
        for network in (seeds.network("numbers"), seeds.network("words"))
    )  # fmt: skip


def _signed(folder: Path) -> Path:
    """Put the hash of the weights into a description, as who changes them would."""
    place = folder / "architecture.json"
    weights = hashlib.sha256((folder / "weights.safetensors").read_bytes()).hexdigest()
    signed = re.sub(rb'("weights_sha256": ")[0-9a-f]{64}', rb"\g<1>" + weights.encode(),
                    place.read_bytes())  # fmt: skip
    place.write_bytes(signed)
    return folder


def _study() -> tuple[Question, ...]:
    from actselect.folder import StudyFolder
    from actselect.journal import Journal
    from actselect.request import Request

    def options(path: Path) -> object:
        settings = StudyFolder.open(path.parent).read_settings()
        return Request.from_dict(settings["request"])

    return (
        Question(file="journal.jsonl", seeds=(seeds.journal(),), ask=Journal),
        Question(file="study.json", seeds=(seeds.settings(),), ask=options),
        Question(
            file="test-openings.jsonl", seeds=(json.dumps({"sha256": "0", "study": "a"}).encode(),),
            ask=lambda path: StudyFolder(path.parent / "study").openings("0"),
        ),
    )  # fmt: skip


def _report() -> tuple[Question, ...]:
    from actselect.report.saving import load as load_report

    return (Question(file="report.json", seeds=seeds.reports(), ask=load_report),)


def _changed_by(
    mutate: Mutator, questions: Callable[[], tuple[Question, ...]]
) -> Callable[[], tuple[Question, ...]]:
    return lambda: tuple(replace(question, mutate=mutate) for question in questions())


TARGETS: dict[str, tuple[Callable[[], tuple[Question, ...]], ...]] = {
    "csv": (_tables,),
    "jsonl": (_changed_by(mutators.lines_of_json, _jsonl),),
    "ts": (_ts,),
    "tsf": (_tsf,),
    "ucr": (_ucr,),
    "arff": (_arff,),
    "tagged": (_tagged,),
    "texts": (_texts,),
    "captions": (_changed_by(mutators.tree, _captions),),
    "images": (_changed_by(mutators.picture, _images),),
    "arrays": (_changed_by(mutators.archive, _npz), _changed_by(mutators.array, _npy)),
    "parquet": (_changed_by(mutators.blind, _parquet),),
    "tokenizer": (_changed_by(mutators.tree, _tokenizer),),
    "artifact": (
        _changed_by(mutators.tree, partial(_artifact, "architecture.json")),
        _changed_by(mutators.tensors, partial(_artifact, "weights.safetensors")),
    ),
    "study": (
        _changed_by(mutators.lines_of_json, _study),
        _changed_by(mutators.tree, _report),
    ),
}
"""Readers that bytes of somebody else can reach, and the questions that reach them."""


def questions_of(name: str) -> tuple[Question, ...]:
    """Return all questions of a target."""
    return tuple(question for made in TARGETS[name] for question in made())
