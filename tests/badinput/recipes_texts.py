"""Texts and tags that are too many or too long to be kept."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

MEGABYTE = 2**20


def long_sentence(folder: Path) -> Path:
    """Write twelve sentences, the last of 100 000 tokens."""
    path = folder / "long.conll"
    short = ["The DET\ndog NOUN\n"] * 11
    path.write_text("\n".join([*short, "a DET\ndog NOUN\n" * 50_000]), encoding="utf-8")
    return path


def many_tags(folder: Path) -> Path:
    """Write 20 sentences of 500 tokens, each with a tag of its own."""
    path = folder / "tags.conll"
    tokens = (f"word{i} T{i}\n" + "\n" * (i % 500 == 499) for i in range(10_000))
    path.write_text("".join(tokens), encoding="utf-8")
    return path


def many_labels(folder: Path) -> Path:
    """Write 30 000 texts with 10 000 labels."""
    return _table(folder, ((f"some words {i % 97} {i}", f"L{i // 3}") for i in range(30_000)))


def many_words(folder: Path) -> Path:
    """Write 600 texts of 100 words; each word stands in two of them."""
    texts = (" ".join(f"w{(i * 100 + k * 7) % 30_000}q" for k in range(100)) for i in range(600))
    return _table(folder, ((text, "ab"[i % 2]) for i, text in enumerate(texts)))


def a_flood_of_accents(folder: Path) -> Path:
    """Write a text of one letter and a million accents, one of signs of no width, and others."""
    floods = [("a" + "\u0301" * 100_000 + " ") * 10, ("\u200b" * 100_000 + " ") * 10]
    rows = [(f"some words {i}", "ab"[i % 2]) for i in range(18)]
    return _table(folder, [*rows, *zip(floods, "ab", strict=True)])


def a_line_to_model(folder: Path) -> Path:
    """Write 100 MB of words without an end of line."""
    path = folder / "line.txt"
    with path.open("wb") as file:
        for _ in range(100):
            file.write(b"to be or" * (MEGABYTE // 8))
    return path


def a_line_of_text(folder: Path) -> Path:
    """Write a table with one text of 100 MB."""
    path = folder / "line.csv"
    with path.open("wb") as file:
        file.write(b"text,label\n")
        for _ in range(100):
            file.write(b"to be or" * (MEGABYTE // 8))
        file.write(b",a\n")
    return path


def _table(folder: Path, rows: Iterable[tuple[str, str]]) -> Path:
    path = folder / "texts.csv"
    lines = [f"{text},{label}" for text, label in rows]
    path.write_text("\n".join(["text,label", *lines, ""]), encoding="utf-8")
    return path
