"""JSON that is too deep to be kept, and captions beside their pictures."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from PIL import Image

PICTURES = 12
DEPTH = 100_000


def deep_brackets(folder: Path) -> Path:
    """Write a line of lists in lists."""
    path = folder / "deep.jsonl"
    path.write_text(f'{{"t": 0, "y": {"[" * DEPTH}{"]" * DEPTH}}}\n', encoding="utf-8")
    return path


def deep_captions(folder: Path) -> Path:
    """Write captions of objects in objects."""
    path = folder / "deep.json"
    path.write_text('{"images": ' * DEPTH + "1" + "}" * DEPTH, encoding="utf-8")
    return path


def no_caption(folder: Path) -> Path:
    """Write captions of all pictures but the last."""
    return _captions(folder, {PICTURES - 1: None})


def empty_caption(folder: Path) -> Path:
    """Write an empty caption beside the one that a picture has."""
    path = _captions(folder, {})
    found = json.loads(path.read_text(encoding="utf-8"))
    found["annotations"].append({"image_id": 3, "caption": " "})
    path.write_text(json.dumps(found), encoding="utf-8")
    return path


def long_caption(folder: Path) -> Path:
    """Write a caption of 1 MB."""
    return _captions(folder, {0: "a " * 2**19})


def link_outside(folder: Path) -> Path:
    """Let a picture be a link to a file outside of the folder."""
    path = _captions(folder, {})
    picture = path.parent / "0.png"
    picture.rename(folder / "outside.png")
    picture.symlink_to(folder / "outside.png")
    return path


def case_clash(folder: Path) -> Path:
    """Call the second picture as the first, in capitals."""
    path = _captions(folder, {})
    (path.parent / "1.png").rename(path.parent / "0.PNG")
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("1.png", "0.PNG", 1), encoding="utf-8")
    return path


def _captions(folder: Path, other: Mapping[int, str | None]) -> Path:
    """Write pictures with captions, those of ``other`` instead, into a folder of their own."""
    place = folder / "pictures"
    place.mkdir()
    for i in range(PICTURES):
        Image.new("RGB", (8, 8), (20 * i, 0, 0)).save(place / f"{i}.png")
    captions = {i: f"A picture of number {i}." for i in range(PICTURES)} | dict(other)
    found = {
        "images": [{"id": i, "file_name": f"{i}.png"} for i in range(PICTURES)],
        "annotations": [
            {"image_id": i, "caption": text} for i, text in captions.items() if text is not None
        ],
    }
    path = place / "captions.json"
    path.write_text(json.dumps(found), encoding="utf-8")
    return path
