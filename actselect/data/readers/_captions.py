"""Captions of images: COCO and Karpathy JSON, Flickr text.

Sources: https://cocodataset.org/#format-data, section "Image captioning"; Karpathy and Fei-Fei
2015, arXiv:1412.2306, whose splits come as one JSON file; Hodosh, Young and Hockenmaier 2013,
doi:10.1613/jair.3994, ``Flickr8k.token.txt``.

All become a table with the columns image and caption, one row a caption, and split where the file
says it.  Names of images are only passed on: :mod:`actselect.data.images` checks and opens them.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from actselect.data.readers._text import read_text
from actselect.data.table import Table, no_rows, reason, shown
from actselect.exceptions import DataError

MAX_CAPTION = 10_000
"""Characters of a caption.  A guard against files that hold no captions: they are sentences."""

_SPLITS = ("train", "restval", "val", "valid", "validation", "dev", "test")
_HALF_PAIR = re.compile("[\ud800-\udfff]")
_FLICKR = re.compile(r"(?P<image>[^\t]+)#(?P<number>\d+)\t(?P<caption>.*)")
_COCO = 'Expected is {"images": [{"id", "file_name"}], "annotations": [{"image_id", "caption"}]}.'
_KARPATHY = 'Expected is {"images": [{"filename", "split", "sentences": [{"raw"}]}]}.'


@dataclass(slots=True)
class _Captions:
    """Captions as they are read: the columns of the table, and what was left out."""

    images: list[str] = field(default_factory=list)
    captions: list[str] = field(default_factory=list)
    splits: list[str] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)
    empty: list[str] = field(default_factory=list)

    def add(self, image: str, caption: object, row: int, where: str, split: str = "") -> None:
        """Add one caption; an empty one is only counted."""
        text = _text(caption, where, "a caption", "Give each caption as text, or delete its entry.")
        if len(text) > MAX_CAPTION:
            raise DataError(
                wanted=f"a caption of at most {MAX_CAPTION} characters",
                got=f"{len(text)}",
                where=where,
                todo="A caption is a sentence; shorten it or delete its entry.",
            )
        if not text.strip():
            self.empty.append(image)
            return
        self.images.append(image)
        self.captions.append(text.strip())
        self.splits.append(split)
        self.rows.append(row)


def read_captions_json(path: Path) -> Table:
    """Return the captions of a COCO or a Karpathy file; its content says which of them it is.

    Rows count the entries of ``annotations``, or all ``sentences``, from 1.  In a Karpathy file
    ``restval`` counts as train, and ``filepath`` is put before ``filename``.

    Raises:
        DataError: no JSON, a key twice, no images or no captions, an image that is there twice or
            not at all, a split that is not known, a caption that is no text or too long.
    """
    found = _json(path)
    images = _entries(found, "images", path.name, _COCO)
    if any("sentences" in image for image in images):
        return _karpathy(path, images)
    return _coco(path, images, _entries(found, "annotations", path.name, _COCO))


def looks_like_flickr(path: Path) -> bool:
    """True where the first line is ``image#number``, a tab, and a caption."""
    with path.open("rb") as file:
        first = file.readline(2**16)
    return _FLICKR.match(first.decode("utf-8-sig", errors="replace").strip()) is not None


def read_flickr(path: Path) -> Table:
    """Return the captions of a file like ``Flickr8k.token.txt``, with the line of each.

    Raises:
        DataError: a line without image, number or tab, the same number of an image twice, a caption
            that is too long, or no captions at all.
    """
    captions = _Captions()
    seen: set[tuple[str, str]] = set()
    text = read_text(path).replace("\r\n", "\n").replace("\r", "\n")
    for line, content in enumerate(text.split("\n"), start=1):
        where = f"{path.name}, line {line}"
        if not content.strip():
            continue
        parts = _FLICKR.fullmatch(content)
        if parts is None:
            todo = "Write image.jpg#0, a tab, and the caption."
            raise DataError(wanted="image#number", got=repr(content[:40]), where=where, todo=todo)
        key = (parts["image"], parts["number"])
        if key in seen:
            raise _twice(f"{parts['image']}#{parts['number']}", where)
        seen.add(key)
        captions.add(parts["image"], parts["caption"], line, where)
    return _table(path, captions, unit="line", every=list(dict.fromkeys(i for i, _ in seen)))


def _coco(path: Path, images: list[dict[str, Any]], entries: list[dict[str, Any]]) -> Table:
    names: dict[object, str] = {}
    for row, image in enumerate(images, start=1):
        where = f"{path.name}, images, entry {row}"
        key = _identifier(image, "id", where)
        if key in names:
            raise _twice(f"the id {key!r}", where)
        names[key] = _text(image.get("file_name"), where, "file_name", _COCO)
    captions = _Captions()
    for row, entry in enumerate(entries, start=1):
        where = f"{path.name}, annotations, caption {row}"
        key = _identifier(entry, "image_id", where)
        if key not in names:
            raise _unknown_image(key, names, where)
        captions.add(names[key], entry.get("caption"), row, where)
    return _table(path, captions, every=list(dict.fromkeys(names.values())))


def _karpathy(path: Path, images: list[dict[str, Any]]) -> Table:
    captions = _Captions()
    names: dict[str, None] = {}
    row = 0
    for entry, image in enumerate(images, start=1):
        where = f"{path.name}, images, entry {entry}"
        name = _text(image.get("filename"), where, "filename", _KARPATHY)
        if "filepath" in image:
            name = f"{_text(image['filepath'], where, 'filepath', _KARPATHY)}/{name}"
        if name in names:
            raise _twice(f"the image {name!r}", where)
        names[name] = None
        split = _split(image, where)
        for sentence in _entries(image, "sentences", where, _KARPATHY):
            row += 1
            captions.add(name, _sentence(sentence), row, f"{where}, caption {row}", split)
    return _table(path, captions, every=list(names))


def _split(image: dict[str, Any], where: str) -> str:
    """Return the split as the file says it; "" where it says none."""
    if "split" not in image:
        return ""
    split = _text(image["split"], where, "split", _KARPATHY)
    if split not in _SPLITS:
        wanted, todo = f"a split of {', '.join(_SPLITS)}", "Correct it, or delete every split."
        raise DataError(wanted=wanted, got=repr(split[:40]), where=where, todo=todo)
    return "train" if split == "restval" else split  # what was left of COCO's validation images


def _sentence(sentence: dict[str, Any]) -> object:
    """Return a sentence of a Karpathy file: as written, else its tokens."""
    tokens = sentence.get("tokens")
    if "raw" not in sentence and isinstance(tokens, list):
        return " ".join(map(str, tokens))
    return sentence.get("raw")


def _table(
    path: Path, captions: _Captions, *, every: Sequence[str], unit: str = "caption"
) -> Table:
    """Return the table; ``every`` image of the file is named in a note if it has no caption."""
    if not captions.images:
        raise no_rows(f"{path.name}, captions")
    columns = {"image": captions.images, "caption": captions.captions}
    if any(captions.splits):
        columns["split"] = captions.splits
    return Table(
        frame=pd.DataFrame(columns, dtype=object),
        source=path.name,
        rows=np.array(captions.rows, dtype=np.int64),
        unit=unit,
        notes=tuple(_notes(captions, every)),
    )


def _notes(captions: _Captions, every: Sequence[str]) -> Iterator[str]:
    if captions.empty:
        names = shown(dict.fromkeys(captions.empty), limit=4)
        yield f"Empty captions were left out: {len(captions.empty)}, of {names}."
    used = set(captions.images)
    bare = [name for name in every if name not in used]
    if bare:
        yield f"Images without a caption were left out: {shown(bare, limit=4)}."
    folded: dict[str, str] = {}
    for name in every:
        first = folded.setdefault(name.casefold(), name)
        if first != name:
            yield f"Names of images differ only in upper and lower case: {first}, {name}."
            return


def _json(path: Path) -> dict[str, Any]:
    """Return the one object of a JSON file; no key is there twice."""
    try:
        found = json.loads(read_text(path, lines=False), object_pairs_hook=_without_repeats)
    except RecursionError as error:
        raise _bad_json(path.name, "brackets nested too deeply") from error
    except json.JSONDecodeError as error:
        raise _bad_json(f"{path.name}, line {error.lineno}", error.msg) from error
    except ValueError as error:
        if isinstance(error, DataError):
            raise
        raise _bad_json(path.name, reason(error)) from error
    if not isinstance(found, dict):
        raise _bad_json(path.name, f"a {type(found).__name__}")
    return found


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        ((key, _),) = Counter(key for key, _ in pairs).most_common(1)
        raise ValueError(f"the key {key!r} twice")
    return found


def _entries(found: dict[str, Any], key: str, where: str, todo: str) -> list[dict[str, Any]]:
    """Return a list of objects."""
    entries = found.get(key)
    if not isinstance(entries, list) or not entries:
        got = "nothing" if entries is None else "an empty list" if entries == [] else "no list"
        raise DataError(wanted=f"a list {key!r}", got=got, where=where, todo=todo)
    for row, entry in enumerate(entries, start=1):
        if not isinstance(entry, dict):
            got = f"a {type(entry).__name__}"
            place = f"{where}, {key}, entry {row}"
            raise DataError(wanted="an object", got=got, where=place, todo=todo)
    return entries


def _identifier(entry: dict[str, Any], key: str, where: str) -> int | str:
    found = entry.get(key)
    if isinstance(found, bool) or not isinstance(found, int | str):
        got = "nothing" if found is None else repr(found)[:40]
        raise DataError(wanted=f"{key}, a whole number or text", got=got, where=where, todo=_COCO)
    return found


def _text(found: object, where: str, wanted: str, todo: str) -> str:
    """Return Unicode text that is not missing."""
    if not isinstance(found, str):
        got = "nothing" if found is None else repr(found)[:40]
        raise DataError(wanted=f"{wanted} as text", got=got, where=where, todo=todo)
    if _HALF_PAIR.search(found):
        raise DataError(wanted=wanted, got="half of a surrogate pair", where=where, todo=todo)
    return found


def _unknown_image(key: int | str, names: dict[object, str], where: str) -> DataError:
    todo = "Add the image to 'images', or delete the caption."
    for other in names:
        if str(other) == str(key):
            todo = f"The image has the id {other!r}: write ids as numbers or as text, not as both."
    got = repr(key)[:40]
    return DataError(wanted="image_id of one of the images", got=got, where=where, todo=todo)


def _twice(what: str, where: str) -> DataError:
    todo = "Delete one of the two, or give it a name of its own."
    return DataError(wanted="every image once", got=f"{what} twice", where=where, todo=todo)


def _bad_json(where: str, got: str) -> DataError:
    todo = "Check that the file is complete and holds captions of COCO or Karpathy."
    return DataError(wanted="one JSON object", got=got, where=where, todo=todo)
