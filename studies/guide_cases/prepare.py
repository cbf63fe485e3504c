"""From the files as they were published to files as people have them: one function for each."""

from __future__ import annotations

import csv
import json
import shutil
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
from PIL import Image
from scipy.io import loadmat

Prepare = Callable[[Path, Path], Path]
"""(folder of the published files, folder to write into) -> what to give to actselect."""

CELL, EMOJI = 34, 32  # pixels of a cell of the sheet, and of the picture in it


def as_it_is(name: str) -> Prepare:
    """Return the function that names a published file or folder."""
    return lambda source, _: source / name


def question_classification(source: Path, work: Path) -> Path:
    """Write train.tsv and test.tsv: the six coarse classes of Li and Roth 2002."""
    with zipfile.ZipFile(source / "qc.zip") as archive:
        for part in ("train", "test"):
            lines = archive.read(f"qc/{part}.txt").decode("latin-1").splitlines()
            rows = [(line.partition(":")[0], line.partition(" ")[2]) for line in lines]
            _write(work / f"{part}.tsv", ("label", "text"), rows, "\t")
    return work


def sentence_polarity(source: Path, work: Path) -> Path:
    """Write one CSV of 10,662 sentences from reviews (Pang and Lee 2005)."""
    rows = []
    with zipfile.ZipFile(source / "sentence_polarity.zip") as archive:
        for label in ("neg", "pos"):
            text = archive.read(f"sentence_polarity/rt-polarity.{label}").decode("latin-1")
            rows += [(label, line.strip()) for line in text.split("\n") if line.strip()]
    return _write(work / "polarity.csv", ("label", "text"), rows)


def wnut17(source: Path, work: Path) -> Path:
    """Copy the three parts under names that say which they are."""
    parts = {
        "train": "train/wnut17train.conll",
        "valid": "dev/emerging.dev.conll",
        "test": "test/emerging.test.annotated",
    }
    for part, name in parts.items():
        shutil.copyfile(source / "CONLL-format/data" / name, work / f"{part}.conll")
    return work


def shakespeare(source: Path, work: Path) -> Path:
    """Copy the plays: one document each."""
    for path in source.glob("*.txt"):
        shutil.copyfile(path, work / path.name)
    return work


def jsb_chorales(source: Path, work: Path) -> Path:
    """Write one CSV, a row a step, with the split of Boulanger-Lewandowski et al. 2012."""
    parts = {"train": "traindata", "valid": "validdata", "test": "testdata"}
    stored = loadmat(source / "JSB_Chorales.mat")
    rows: list[list[object]] = []
    for part, name in parts.items():
        for number, roll in enumerate(stored[name][0]):
            rows += [[f"{part} {number}", part, *map(int, step)] for step in np.asarray(roll)]
    notes = [f"note{i + 21}" for i in range(len(rows[0]) - 2)]  # MIDI numbers
    return _write(work / "jsb.csv", ("chorale", "split", *notes), rows)


def emoji(source: Path, work: Path) -> Path:
    """Cut the sheet into pictures, and write their names as captions, one row each.

    Skin tones are near-copies: all variants of an emoji bear the name of the base as their group.
    """
    entries = json.loads((source / "emoji.json").read_text(encoding="utf8"))
    listed = json.loads((source / "emojibase_en_data.json").read_text(encoding="utf8"))
    names = {entry["hexcode"]: entry["label"] for entry in listed}
    pictures = work / "pictures"
    pictures.mkdir()
    rows: list[tuple[str, str, str]] = []
    with Image.open(source / "sheet_twitter_32.png") as sheet:
        pixels = sheet.convert("RGBA")
    for entry in entries:
        base = entry["unified"]
        sentences = {text.replace("_", " ").replace("-", " ") for text in entry["short_names"]}
        label = names.get(base.removesuffix("-FE0F")) or names.get(base)
        if label:
            sentences.add(label)
        variants = [entry, *entry.get("skin_variations", {}).values()]
        for variant in variants:
            x, y = CELL * variant["sheet_x"] + 1, CELL * variant["sheet_y"] + 1
            name = f"pictures/{variant['unified']}.png"
            pixels.crop((x, y, x + EMOJI, y + EMOJI)).save(work / name)
            rows += [(name, sentence, base) for sentence in sorted(sentences)]
    return _write(work / "emoji.csv", ("image", "caption", "base"), rows)


def _write(
    path: Path, header: Iterable[str], rows: Iterable[Iterable[object]], separator: str = ","
) -> Path:
    with path.open("w", encoding="utf8", newline="") as file:
        writer = csv.writer(file, delimiter=separator)
        writer.writerow(header)
        writer.writerows(rows)
    return path
