"""What is written is what is read: texts, tags, captions and pictures, nasty but legal.

Contents are drawn by hypothesis, always the same ones; writers are the standard library's, those of
NumPy and Pillow, or a few lines here.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from PIL import Image

from actselect.data import load
from actselect.data.images import read_image_features, read_images
from actselect.data.readers import read
from actselect.data.saved import load_saved, save_dataset
from actselect.data.table import Table
from actselect.data.tokenizing import tokenizer_for
from tests.data.strategies import NAME, NUMBER, TEXT, WORD, drawn


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder that the examples of all tests share."""
    return tmp_path_factory.mktemp("round_trips")


def written(folder: Path, name: str, content: str | bytes) -> Path:
    """Write a file and return its path."""
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def table(path: Path, task: str = "") -> Table:
    """Return a file that a reader makes a table of."""
    found = read(path, task=task)
    assert isinstance(found, Table)
    return found


@drawn
@given(
    sentences=st.lists(
        st.lists(st.tuples(TEXT, TEXT), min_size=1, max_size=4), min_size=1, max_size=4
    )
)
def test_lists_of_json_lines_are_steps(
    folder: Path, sentences: list[list[tuple[str, str]]]
) -> None:
    """Tokens and tags keep their order, and lines their lengths."""
    lines = [{"tokens": [t for t, _ in one], "tags": [t for _, t in one]} for one in sentences]

    found = table(written(folder, "d.jsonl", "\n".join(map(json.dumps, lines))))

    steps = [list(pair) for one in sentences for pair in one]
    assert found.frame[["tokens", "tags"]].to_numpy().tolist() == steps
    assert found.frame["line"].value_counts(sort=False).tolist() == list(map(len, sentences))


TOKENS = st.lists(
    st.lists(st.tuples(WORD, WORD), min_size=1, max_size=4), min_size=2, max_size=4
).filter(lambda s: s[0][0][0].lower() not in {"token", "word", "form", "words", "tokens"})


def as_conll(sentences: list[list[tuple[str, str]]]) -> str:
    """Return a token a line, in two columns between tabs."""
    return "\n\n".join("\n".join(map("\t".join, sentence)) for sentence in sentences)


def as_conllu(sentences: list[list[tuple[str, str]]]) -> str:
    """Return a word a line, in ten columns."""
    return "\n\n".join(
        "\n".join(
            f"{i}\t{word}\t_\t{tag}\t_\t_\t_\t_\t_\t_" for i, (word, tag) in enumerate(sentence, 1)
        )
        for sentence in sentences
    )


def as_slashes(sentences: list[list[tuple[str, str]]]) -> str:
    """Return a sentence a line."""
    return "\n".join(" ".join(map("/".join, sentence)) for sentence in sentences)


@pytest.mark.parametrize(
    ("form", "write"), [("conll", as_conll), ("conllu", as_conllu), ("slash-tags", as_slashes)]
)
@drawn
@given(sentences=TOKENS, end=st.sampled_from(("\n", "\r\n", "\r")))
def test_tagged_text_keeps_tokens_tags_and_sentences(
    folder: Path, form: str, write: Callable[[Any], str], sentences: Any, end: str
) -> None:
    """Other white space than spaces, tabs and line ends belongs to a token."""
    words = [word for sentence in sentences for word, _ in sentence]
    assume(not any(word.startswith("-DOCSTART-") for word in words))
    assume(not words[0].startswith("\ufeff"))  # of a file, it is a mark
    assume(form != "slash-tags" or not any("/" in tag for s in sentences for _, tag in s))
    path = written(folder, "d.conll", write(sentences).replace("\n", end))

    found = read(path, task="tagging", format=form)

    assert isinstance(found, Table)
    assert found.frame[["token", "tag"]].to_numpy().tolist() == [
        list(pair) for sentence in sentences for pair in sentence
    ]
    assert found.frame["sentence"].value_counts(sort=False).tolist() == list(map(len, sentences))


@drawn
@given(text=st.lists(TEXT, min_size=1).map("".join).filter(str.strip), mark=st.booleans())
def test_plain_text_comes_back_but_for_its_line_ends(folder: Path, text: str, mark: bool) -> None:
    """Line ends of all systems become one."""
    assume(mark or not text.startswith("\ufeff"))
    path = written(folder, "d.txt", ("\ufeff" if mark else "") + text)

    found = table(path, "language-modeling")

    assert found.frame["text"].tolist() == ["\n".join(text.replace("\r\n", "\n").split("\r"))]


CAPTIONS = st.dictionaries(
    NAME.filter(lambda name: not set(name) & set("\t\n\r")),
    st.lists(NAME, min_size=1, max_size=3), min_size=1, max_size=4,
)  # fmt: skip


def as_coco(captions: dict[str, list[str]]) -> str:
    """Return images and annotations."""
    images = [{"id": i, "file_name": name} for i, name in enumerate(captions)]
    notes = [
        {"image_id": i, "caption": text} for i, n in enumerate(captions) for text in captions[n]
    ]
    return json.dumps({"images": images, "annotations": notes})


def as_karpathy(captions: dict[str, list[str]]) -> str:
    """Return images with their sentences."""
    images = [{"filename": n, "sentences": [{"raw": t} for t in ts]} for n, ts in captions.items()]
    return json.dumps({"images": images}, ensure_ascii=False)


def as_flickr(captions: dict[str, list[str]]) -> str:
    """Return a caption a line."""
    return "\n".join(f"{n}#{i}\t{text}" for n, ts in captions.items() for i, text in enumerate(ts))


@pytest.mark.parametrize(
    ("name", "write"),
    [("d.json", as_coco), ("d.json", as_karpathy), ("d.token", as_flickr)],
    ids=["coco", "karpathy", "flickr"],
)
@drawn
@given(captions=CAPTIONS)
def test_captions_keep_images_and_order(
    folder: Path, name: str, write: Callable[[Any], str], captions: dict[str, list[str]]
) -> None:
    """Names of images are passed on as they are."""
    assume(
        name == "d.json" or not any(set(t) & set("\n\r") for ts in captions.values() for t in ts)
    )
    assume(name == "d.json" or not next(iter(captions)).startswith("\ufeff"))

    frame = table(written(folder, name, write(captions)), "captioning").frame

    assert frame.to_numpy().tolist() == [[n, text] for n, ts in captions.items() for text in ts]


@drawn
@given(
    pixels=st.binary(min_size=48, max_size=48),
    form=st.sampled_from((("PNG", {}), ("BMP", {}), ("WEBP", {"lossless": True}))),
)
def test_pictures_keep_their_pixels(
    folder: Path, pixels: bytes, form: tuple[str, dict[str, Any]]
) -> None:
    """Of formats without loss, where nothing is resized."""
    wanted = np.frombuffer(pixels, dtype=np.uint8).reshape(4, 4, 3)
    Image.fromarray(wanted).save(folder / "a.img", form[0], **form[1])

    found, _ = read_images(folder, ["a.img"], size=4, where="x")

    assert np.array_equal(found[0], wanted)


@drawn
@given(
    features=st.dictionaries(TEXT.filter(lambda n: not n.endswith("\0")), NUMBER, min_size=1),
    order=st.randoms(use_true_random=False),
)
def test_features_come_by_name(folder: Path, features: dict[str, float], order: Any) -> None:
    """In the order that is asked for."""
    np.savez(
        folder / "f.npz", features=np.array([[v] for v in features.values()]), names=[*features]
    )
    asked = list(features)
    order.shuffle(asked)

    got = read_image_features(folder / "f.npz", asked)

    assert got[:, 0].tolist() == [features[name] for name in asked]


@drawn
@given(texts=st.lists(st.lists(WORD, min_size=1, max_size=4), min_size=1, max_size=4))
def test_a_tokenizer_file_splits_as_its_library(folder: Path, texts: list[list[str]]) -> None:
    """Words that it knows, between spaces."""
    tokenizers = pytest.importorskip("tokenizers")
    known = {word: i for i, word in enumerate({word: None for text in texts for word in text})}
    made = tokenizers.Tokenizer(tokenizers.models.WordLevel(known, unk_token=next(iter(known))))
    made.pre_tokenizer = tokenizers.pre_tokenizers.Split(" ", "removed")
    (folder / "tokenizer.json").unlink(missing_ok=True)
    made.save(str(folder / "tokenizer.json"))

    found = tokenizer_for(folder / "tokenizer.json", "text-classification")

    assert found is not None
    assert [found.split(" ".join(text)) for text in texts] == texts


@drawn
@given(
    texts=st.lists(TEXT, min_size=12, max_size=12),
    labels=st.lists(WORD, min_size=2, max_size=2, unique=True),
)
def test_data_from_memory_are_saved_whole(
    folder: Path, texts: list[str], labels: list[str]
) -> None:
    """A study that is resumed sees the same data."""
    assume(any(text.strip() for text in texts))
    assume(
        not any(label.lower() in {"nan", "na", "null", "none", "<na>", "n/a"} for label in labels)
    )
    data = load([f"so {text}" for text in texts], y=labels * 6, task="text-classification")
    save_dataset(data, folder / "data.npz")

    found = load_saved(folder / "data.npz", data.name)

    assert found.sha256 == data.sha256
    assert {f.name for f in fields(found) if getattr(found, f.name) is None} == {
        f.name for f in fields(data) if getattr(data, f.name) is None
    }
