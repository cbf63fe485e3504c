"""Captions in COCO JSON, Karpathy JSON and Flickr text."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from actselect.data.readers._captions import looks_like_flickr, read_captions_json, read_flickr
from actselect.data.table import Table
from actselect.exceptions import DataError

IMAGES = [{"id": 7, "file_name": "a.jpg", "license": 3}, {"id": 9, "file_name": "sub/b.png"}]
CAPTIONS = [
    {"id": 1, "image_id": 9, "caption": "A dog runs."},
    {"id": 2, "image_id": 7, "caption": " Two cats \n"},
    {"id": 3, "image_id": 9, "caption": "Ein Hund läuft."},
]
FLICKR = "1.jpg#0\tA child .\n1.jpg#1\tA girl .\n\n2.jpg#0\tA dog #1 .\n"


def written(folder: Path, found: object, name: str = "captions.json") -> Path:
    """Write JSON, or text as it is, and return its path."""
    path = folder / name
    text = found if isinstance(found, str) else json.dumps(found, ensure_ascii=False)
    path.write_text(text, encoding="utf-8", newline="")
    return path


def coco(folder: Path, images: object = IMAGES, captions: object = CAPTIONS) -> Table:
    """Read a COCO file of these lists."""
    return read_captions_json(written(folder, {"images": images, "annotations": captions}))


def karpathy(folder: Path, *images: dict[str, Any]) -> Table:
    """Read a Karpathy file of these images."""
    return read_captions_json(written(folder, {"images": images, "dataset": "toy"}))


def cells(table: Table, *columns: str) -> list[tuple[str, ...]]:
    """Return these columns as a list of rows."""
    return list(table.frame[list(columns)].itertuples(index=False, name=None))


def test_coco_captions_are_joined_to_the_names_of_their_images(tmp_path: Path) -> None:
    """One row a caption, in the order of the file; keys that are not needed do not matter."""
    table = coco(tmp_path)

    assert cells(table, "image", "caption") == [
        ("sub/b.png", "A dog runs."),
        ("a.jpg", "Two cats"),
        ("sub/b.png", "Ein Hund läuft."),
    ]
    assert table.columns == ("image", "caption")
    assert table.where(1, "caption") == "captions.json, caption 2, column 'caption'"


def test_karpathy_captions_keep_their_split(tmp_path: Path) -> None:
    """The rest of COCO's validation images, restval, is trained on; the folder is in the name."""
    both = [{"raw": "One.", "tokens": ["one"]}, {"tokens": ["two", "words"]}]

    table = karpathy(
        tmp_path,
        {"filepath": "val2014", "filename": "a.jpg", "split": "restval", "sentences": both},
        {"filename": "b.jpg", "split": "val", "sentences": [{"raw": "Three."}]},
        {"filename": "c.jpg", "split": "test", "sentences": [{"raw": "Four."}]},
    )

    assert cells(table, "image", "caption", "split") == [
        ("val2014/a.jpg", "One.", "train"),
        ("val2014/a.jpg", "two words", "train"),
        ("b.jpg", "Three.", "val"),
        ("c.jpg", "Four.", "test"),
    ]


def test_karpathy_files_without_splits_are_read(tmp_path: Path) -> None:
    """The split is left to actselect then."""
    table = karpathy(tmp_path, {"filename": "a.jpg", "sentences": [{"raw": "One."}]})

    assert table.columns == ("image", "caption")


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_flickr_lines_are_those_of_a_csv_parser(tmp_path: Path, end: str) -> None:
    """The number after the name goes, a number in the caption stays; empty lines count."""
    path = written(tmp_path, FLICKR.replace("\n", end), "Flickr8k.token.txt")
    expected = [
        (name.rpartition("#")[0], caption)
        for name, caption in csv.reader(io.StringIO(FLICKR.replace("\n\n", "\n")), delimiter="\t")
    ]

    table = read_flickr(path)

    assert cells(table, "image", "caption") == expected
    assert table.rows.tolist() == [1, 2, 4]
    assert looks_like_flickr(path)


@pytest.mark.parametrize(
    "text", ["image,caption\na.jpg,A dog.\n", "a.jpg\tA dog.\n", "#0\tx\n", "\n"]
)
def test_other_text_does_not_look_like_flickr(tmp_path: Path, text: str) -> None:
    """Name, # and number, a tab: nothing less."""
    assert not looks_like_flickr(written(tmp_path, text, "captions.txt"))


def test_empty_captions_and_bare_images_are_left_out_with_a_note(tmp_path: Path) -> None:
    """What is not there cannot be learnt from, and is told."""
    bare = {"id": 8, "file_name": "A.jpg"}

    table = coco(tmp_path, [*IMAGES, bare], [*CAPTIONS, {"image_id": 7, "caption": " "}])

    assert len(table.frame) == 3
    assert table.notes == (
        "Empty captions were left out: 1, of a.jpg.",
        "Images without a caption were left out: A.jpg.",
        "Names of images differ only in upper and lower case: a.jpg, A.jpg.",
    )


CAPTION = {"image_id": 7, "caption": "A dog."}
SENTENCE = [{"raw": "A dog."}]
BAD: dict[str, tuple[Callable[[Path], Table], str]] = {
    "no images": (lambda p: coco(p, []), "captions.json: wanted a list 'images'; got an empty"),
    "images are no list": (lambda p: coco(p, {"id": 1}), "'images'; got no list"),
    "an image is a number": (lambda p: coco(p, [*IMAGES, 5]), "images, entry 3.*got a int"),
    "no annotations": (lambda p: coco(p, captions=[]), "a list 'annotations'; got an empty list"),
    "no file name": (lambda p: coco(p, [{"id": 7}]), "entry 1: wanted file_name as text"),
    "no id": (lambda p: coco(p, [{"file_name": "a.jpg"}]), "entry 1: wanted id.*got nothing"),
    "an id is no number": (lambda p: coco(p, [{"id": 1.5, "file_name": "a"}]), "got 1.5"),
    "an image twice": (lambda p: coco(p, [*IMAGES, IMAGES[0]]), "entry 3.*the id 7 twice"),
    "an unknown image": (
        lambda p: coco(p, captions=[{**CAPTION, "image_id": 1}]),
        "caption 1.*got 1",
    ),
    "text for a number": (
        lambda p: coco(p, captions=[{**CAPTION, "image_id": "7"}]),
        "has the id 7: write ids as numbers or as text",
    ),
    "a caption is null": (
        lambda p: coco(p, captions=[CAPTION, {**CAPTION, "caption": None}]),
        "caption 2: wanted a caption as text; got nothing",
    ),
    "every caption empty": (
        lambda p: coco(p, captions=[{**CAPTION, "caption": ""}]),
        "at least one row",
    ),
    "a caption too long": (
        lambda p: coco(p, captions=[{**CAPTION, "caption": "x" * 10_001}]),
        "at most 10000 characters; got 10001",
    ),
    "half a character": (
        lambda p: read_captions_json(
            written(
                p, json.dumps({"images": IMAGES, "annotations": [{**CAPTION, "caption": "\ud800"}]})
            )
        ),
        "caption 1.*surrogate",
    ),
    "an image in two splits": (
        lambda p: karpathy(
            p,
            {"filename": "a.jpg", "split": "train", "sentences": SENTENCE},
            {"filename": "a.jpg", "split": "test", "sentences": SENTENCE},
        ),
        "entry 2.*the image 'a.jpg' twice",
    ),
    "an unknown split": (
        lambda p: karpathy(p, {"filename": "a.jpg", "split": "tset", "sentences": SENTENCE}),
        "entry 1: wanted a split of train.*got 'tset'",
    ),
    "no sentences": (
        lambda p: karpathy(p, {"filename": "a.jpg", "sentences": []}),
        "entry 1: wanted a list 'sentences'",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_captions_that_cannot_be_used_are_refused(tmp_path: Path, case: str) -> None:
    """The message names the entry, what it lacks, and what to do."""
    read, message = BAD[case]

    with pytest.raises(DataError, match=f"(?s){message}"):
        read(tmp_path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "Expecting value"),
        ('{"images": [\n{"id": 1, "file_name": "a.jpg"}', "line 2: .*delimiter"),
        ('{"images": [1,]}', "line 1"),
        ('{"images": [], "images": []}', "the key 'images' twice"),
        ('{"images": ' + "[" * 100_000, "nested too deeply"),
        ('{"id": ' + "1" * 5_000 + "}", "4300"),
        ("[1, 2]", "a list"),
    ],
    ids=["empty", "truncated", "comma", "twice", "deep", "digits", "list"],
)
def test_broken_json_is_refused(tmp_path: Path, text: str, message: str) -> None:
    """A file cut off, or not of this kind."""
    with pytest.raises(DataError, match=message):
        read_captions_json(written(tmp_path, text))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (FLICKR + "3.jpg\tA dog.\n", "line 5: wanted image#number"),
        (FLICKR + "1.jpg#1\tA dog.\n", "line 5: .*1.jpg#1 twice"),
        (FLICKR + "3.jpg#0\t" + "x" * 10_001, "line 5: .*10001"),
        ("1.jpg#0\t\n", "at least one row"),
    ],
)
def test_bad_flickr_lines_are_refused(tmp_path: Path, text: str, message: str) -> None:
    """The line is named."""
    with pytest.raises(DataError, match=message):
        read_flickr(written(tmp_path, text, "Flickr8k.token.txt"))
