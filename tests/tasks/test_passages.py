"""Passages: every token in one, and splits that never share one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from actselect.data.dataset import SequenceDataset
from actselect.data.tokens import Tokens
from actselect.tasks import _passages
from actselect.tasks._passages import last_part, passages_of
from actselect.tasks.language_modeling import LanguageModelingTask, bind

DOCUMENTS = st.lists(st.integers(1, 50), min_size=1, max_size=15)


def _task(documents: list[int], **more: object) -> LanguageModelingTask:
    """Return the task of documents of these lengths, in six letters."""
    random = np.random.default_rng(0)
    texts = Tokens.of([random.choice(list("abcdef"), n).tolist() for n in documents])
    data = SequenceDataset(
        name="toy", values=np.zeros((sum(documents), 0)), lengths=texts.lengths,
        feature_names=("text",), tokens=texts, **more,
    )  # fmt: skip
    return bind(data)


@given(documents=DOCUMENTS, most=st.integers(1, 20))
def test_every_token_is_in_one_passage(documents: list[int], most: int) -> None:
    """In order; none is too long, none reaches over the end of a document, and all are alike."""
    passages = passages_of(np.array(documents), most)

    expected = [
        (sum(documents[:d]) + i, d) for d, length in enumerate(documents) for i in range(length)
    ]
    assert passages.lengths.max() <= most
    assert [
        (start + i, document)
        for start, length, document in zip(
            passages.starts, passages.lengths, passages.document, strict=True
        )
        for i in range(length)
    ] == expected
    for document in range(len(documents)):
        own = passages.document == document
        assert np.ptp(passages.lengths[own]) <= 1
        assert passages.first[own].tolist() == [True] + [False] * (int(own.sum()) - 1)


@given(documents=DOCUMENTS, most=st.integers(1, 20), piece=st.integers(1, 60), seed=st.integers(0))
def test_tokens_are_found_piece_by_piece(
    documents: list[int], most: int, piece: int, seed: int
) -> None:
    """Of any passages in any order; a piece is no longer than it may be, but for one passage."""
    passages = passages_of(np.array(documents), most)
    chosen = np.random.default_rng(seed).permutation(len(passages))[: len(passages) // 2 + 1]
    expected = [
        int(passages.starts[i]) + step for i in chosen for step in range(int(passages.lengths[i]))
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_passages, "PIECE", piece)
        pieces = list(passages.pieces(chosen))

    assert passages.tokens(chosen).tolist() == expected
    assert np.concatenate([tokens for _, tokens in pieces]).tolist() == expected
    assert np.concatenate([chosen[part] for part, _ in pieces]).tolist() == chosen.tolist()
    for part, tokens in pieces:
        assert len(tokens) <= piece or len(chosen[part]) == 1


def test_blocks_are_stretches_of_one_document() -> None:
    """About two hundred of them, as many passages in each, in the order of the text."""
    passages = passages_of(np.array([900, 101]), 1)

    assert np.bincount(passages.blocks).tolist() == [5] * 180 + [5] * 20 + [1]
    assert (np.diff(passages.blocks) >= 0).all()


def test_the_last_tenth_of_a_document_is_tested_on() -> None:
    """By hand: 2 of 20 passages, 1 of 4, and none of a document that is but one."""
    last = last_part(passages_of(np.array([20, 4, 1]), 1))

    assert np.flatnonzero(last).tolist() == [18, 19, 23]


@pytest.mark.parametrize("documents", [[80], [3000], [40, 500, 7], [31] * 30, [5000] + [20] * 20])
def test_no_passage_is_trained_and_scored(documents: list[int]) -> None:
    """In no repeat, and nothing of the test; within its part all that is not thinned is used."""
    task = _task(documents)
    development, test = task.development_and_test(0)
    assert sorted([*development, *test]) == list(range(task.n_examples))
    assert 0.05 < task.passages.lengths[test].sum() / sum(documents) < 0.4
    for repeat in range(-1, 20):
        fold = task.fold(development, repeat, 0)
        parts = [fold.train, fold.stop, fold.score]
        used = np.concatenate(parts)
        assert all(len(part) for part in parts)
        assert len(np.unique(used)) == len(used)
        assert np.isin(used, development).all()
        assert not np.isin(task.blocks(fold.score), task.blocks(fold.train)).any()
        again = task.fold(development, repeat, 0)
        assert all(map(np.array_equal, parts, [again.train, again.stop, again.score]))


def test_parts_that_are_only_looked_at_are_thinned() -> None:
    """32 passages to stop on and 128 to score; what else was to stop on is trained on."""
    task = _task([400_000])  # 400 passages of 1000 or so
    development, _ = task.development_and_test(0)

    fold, refit = task.fold(development, 0, 0), task.refit_fold(development, 0)

    assert len(fold.stop) <= _passages.MOST_STOP
    assert len(fold.score) <= _passages.MOST_SCORED
    assert len(fold.train) + len(fold.stop) > 0.75 * len(development)
    assert sorted([*refit.train, *refit.stop]) == development.tolist()
    assert len(refit.score) == 0


def test_many_documents_are_dealt_whole() -> None:
    """Each is on one side; so are those of a group."""
    groups = np.repeat(np.arange(20).astype(str), 5)
    for more in ({}, {"groups": groups}):
        task = _task([2500] * 100, **more)
        owner = np.repeat(np.arange(20), 5) if more else np.arange(100)
        development, test = task.development_and_test(3)
        fold = task.fold(development, 0, 3)

        parts = [
            set(owner[task.passages.document[part]].tolist())
            for part in (np.concatenate([fold.train, fold.stop]), fold.score, test)
        ]
        if not more:
            assert len(parts[2]) == 20
        assert not parts[1] & (parts[0] | parts[2])
        assert not parts[0] & parts[2]


def test_the_users_own_parts_are_kept() -> None:
    """Test and validation documents; the latter are not trained on in the end."""
    number = np.arange(12)
    task = _task([60_000] * 12, test=number >= 10, validation=(number >= 8) & (number < 10))
    document = task.passages.document

    development, test = task.development_and_test(0)
    screening, refit = task.fold(development, -1, 0), task.refit_fold(development, 0)

    assert np.unique(document[test]).tolist() == [10, 11]
    assert np.unique(document[development]).tolist() == list(range(10))
    assert np.unique(document[screening.score]).tolist() == [8, 9]
    assert not np.isin(document[screening.train], [8, 9]).any()
    assert np.unique(document[refit.stop]).tolist() == [8, 9]
    assert np.unique(document[refit.train]).tolist() == list(range(8))
