"""Real texts that are shipped here; origin and licence are in SOURCES.md.

Notation: N texts, S tokens of all texts.
"""

from __future__ import annotations

import bz2
import json
from dataclasses import dataclass, replace
from importlib.resources import files
from typing import final

import numpy as np
import numpy.typing as npt

from actselect.data.dataset import SequenceDataset
from actselect.data.tokenizing import Tokenizer
from actselect.data.tokens import Tokens

WORDS = Tokenizer(kind="words")


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class _Utterance:
    """What somebody asked a voice assistant for.

    Args:
        intent: what it is about, one of seven.
        test: it belongs to the test part.
        pieces: the text, cut where slots begin and end: (text, name of the slot or "").
    """

    intent: str
    test: bool
    pieces: tuple[tuple[str, str], ...]

    def text(self) -> str:
        """Return the utterance, with single spaces."""
        return " ".join("".join(text for text, _ in self.pieces).split())

    def tagged(self) -> tuple[list[str], list[str]]:
        """Return its words, and their tags: B-slot where a slot begins, I-slot inside, else O.

        >>> pieces = (("play ", ""), ("Blue Moon", "track"), (" now", ""))
        >>> _Utterance(intent="PlayMusic", test=False, pieces=pieces).tagged()
        (['play', 'Blue', 'Moon', 'now'], ['O', 'B-track', 'I-track', 'O'])
        """
        words: list[str] = []
        tags: list[str] = []
        for text, slot in self.pieces:
            found = WORDS.split(text)
            words += found
            tags += [f"{'I' if i else 'B'}-{slot}" if slot else "O" for i in range(len(found))]
        return words, tags


def moby_dick(tokenizer: Tokenizer) -> SequenceDataset:
    """Return the novel as one text: 1,190,317 characters, 83 different ones."""
    novel = _unpacked("moby-dick.txt.bz2")
    dataset = text_dataset("moby-dick", tokenizer.encode([novel]))
    return replace(dataset, target_name="text", series=("moby-dick",))


def snips_intents(tokenizer: Tokenizer) -> SequenceDataset:
    """Return 14,262 utterances in lower case; the class is the intent, one of seven."""
    utterances = _snips()
    tokens = tokenizer.encode([utterance.text().lower() for utterance in utterances])
    return replace(
        text_dataset("snips-intents", tokens),
        targets=np.array([utterance.intent for utterance in utterances]),
        target_name="intent",
        test=_test(utterances),
    )


def snips_slots() -> SequenceDataset:
    """Return 14,262 utterances, a tag for each word: 39 slots in BIO notation."""
    utterances = _snips()
    words, tags = zip(*(utterance.tagged() for utterance in utterances), strict=True)
    return replace(
        text_dataset("snips-slots", Tokens.of(words)),
        answers=Tokens.of(tags),
        answer_of=np.arange(len(utterances), dtype=np.int64),
        target_name="slot",
        test=_test(utterances),
    )


def text_dataset(name: str, tokens: Tokens) -> SequenceDataset:
    """Return texts as sequences without numbers, (S, 0); targets are for the caller to add."""
    return SequenceDataset(
        name=name,
        values=np.empty((len(tokens.codes), 0)),
        lengths=tokens.lengths,
        feature_names=("text",),
        tokens=tokens,
        series=tuple(map(str, range(len(tokens)))),
    )


def _snips() -> list[_Utterance]:
    """Return the utterances of the file, one object a line."""
    records = map(json.loads, _unpacked("snips.jsonl.bz2").splitlines())
    return [
        _Utterance(
            intent=record["intent"],
            test=record["split"] == "test",
            pieces=tuple((p, "") if isinstance(p, str) else (p[0], p[1]) for p in record["data"]),
        )
        for record in records
    ]


def _test(utterances: list[_Utterance]) -> npt.NDArray[np.bool_]:
    return np.array([utterance.test for utterance in utterances])


def _unpacked(name: str) -> str:
    packed = (files("actselect.data.builtin") / name).read_bytes()
    return bz2.decompress(packed).decode()
