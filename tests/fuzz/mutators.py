"""Changes to valid files that get past the first check: cells, JSON trees, archives, chunks.

A mutator is a function ``(data, random, flip) -> bytes``: ``flip`` changes bytes blindly, as the
fuzzer does, and a mutator uses it inside the parts that checksums and lengths would protect.
"""

from __future__ import annotations

import copy
import io
import json
import random
import re
import struct
import warnings
import zipfile
import zlib
from collections.abc import Callable
from typing import Any

Flip = Callable[[bytes], bytes]
Mutator = Callable[[bytes, random.Random, Flip], bytes]

TOKENS = (
    b"\xff", b"\0", b"\xed\xa0\x80",
    *(text.encode() for text in (
        "", "NaN", "nan", "inf", "-inf", "1e39", "-1e400", "-0.0", "1e-45", "?", "NA", "007", "1_0",
        "0x10", "\xa0", "\u0661", "\xb2", "\u2028", "\x1c", "\r", "\n\n", '"', '""', "'", "\\", "/",
        "9" * 5000, "a" * 700, "2262-05-01", "0001-01-01", "10000-01-01", "1677-09-21", "24:00",
        "2024-02-30", "2024-01-01T00:00:00+25:00", "now", "true", "null", "{}", "[]", "[" * 5000,
        "@data", "@attribute x numeric", "-", "+", "=1+1", "\x1b[31m", "<b>", "../a", "https://a/b",
        "\ufeff", "test", "|", "||", "#", ":", ",", ";", "\t", "{", "}", "(", ")", "%", "1", "0",
    )),
)  # fmt: skip

VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 2, 1.5, 1e39, float("nan"), float("inf"), 10**30, -(2**63), "",
    "a", "NaN", "\ud800", "\0", "\n", "a" * 700, "x/y", "../a", [], [[]], {}, {"a": 1},
    [1, "a", None], [1, 2, 3], ["a", "b"], [{}], "2024-01-01", "D", "now", "9999-12-31",
    2**31, 10**9, "test",
)  # fmt: skip

TYPES = ("<f8", "<f4", "<f2", "<i8", "|u1", "|b1", "<c16", "|O", "<U3", "|S2", "<M8[D]", "<m8[s]",
         ">f8", "<U0", "|V4", "[('a','<f4')]", "<f16", "<M8", "<U999999999")  # fmt: skip
SHAPES = ("()", "(0,)", "(1,)", "(12,)", "(-1,)", "(12,4)", "(4,12)", "(12,4,2)", "(2,3,4,5)",
          "(0,5)", "(5,0)", "(10**9,)", "(True,)", "(2**62,4)", "(12,0,4)", "(1.0,)")  # fmt: skip


def text(data: bytes, rng: random.Random, flip: Flip) -> bytes:
    """Replace a cell, or copy, drop and swap lines."""
    if rng.random() < 0.3:
        return flip(data)
    lines = data.split(b"\n")
    i, j = rng.randrange(len(lines)), rng.randrange(len(lines))
    match rng.randrange(8):
        case 0:
            lines.insert(j, lines[i])
        case 1:
            del lines[i]
        case 2:
            lines[i], lines[j] = lines[j], lines[i]
        case 3:
            lines[i] = flip(lines[i])
        case _:
            cells = re.split(rb"([,;\t: '\"/#-])", lines[i])
            k = rng.randrange(len(cells))
            cells[k] = rng.choice(TOKENS) + (cells[k] if rng.random() < 0.2 else b"")
            lines[i] = b"".join(cells)
    return b"\n".join(lines)


def lines_of_json(data: bytes, rng: random.Random, flip: Flip) -> bytes:
    """Change the JSON tree of one line."""
    if rng.random() < 0.3:
        return text(data, rng, flip)
    lines = data.split(b"\n")
    i = rng.randrange(len(lines))
    lines[i] = tree(lines[i], rng, flip)
    return b"\n".join(lines)


def tree(data: bytes, rng: random.Random, flip: Flip) -> bytes:
    """Replace, drop, double or add a value somewhere in a JSON tree."""
    try:
        root = json.loads(data)
    except (ValueError, RecursionError):
        return flip(data)
    if rng.random() < 0.15 or not isinstance(root, dict | list) or not root:
        return flip(data)
    for _ in range(rng.choice((1, 1, 1, 2, 4))):
        _change(root, rng)
    return json.dumps(root, ensure_ascii=rng.random() < 0.8).encode("utf8", "surrogatepass")


def _change(root: Any, rng: random.Random) -> None:
    node: Any = root
    while True:
        keys = list(node) if isinstance(node, dict) else list(range(len(node)))
        if not keys:
            return
        key = rng.choice(keys)
        if not isinstance(node[key], dict | list) or not node[key] or rng.random() < 0.15:
            break
        node = node[key]
    value = copy.deepcopy(rng.choice(VALUES))
    if isinstance(node, dict):
        _change_object(node, str(key), value, rng)
    else:
        _change_list(node, int(key), value, rng)


def _change_object(node: dict[str, Any], key: str, value: Any, rng: random.Random) -> None:
    match rng.randrange(6):
        case 0:
            del node[key]
        case 1:
            node[str(rng.choice(VALUES))] = value
        case 2:
            node[key] = copy.deepcopy(rng.choice(list(node.values())))
        case _:
            node[key] = value


def _change_list(node: list[Any], i: int, value: Any, rng: random.Random) -> None:
    match rng.randrange(5):
        case 0:
            del node[i]
        case 1:
            node.insert(i, value)
        case 2:
            node.append(copy.deepcopy(node[i]))
        case _:
            node[i] = value


def array(data: bytes, rng: random.Random, flip: Flip) -> bytes:
    """Change the header of an .npy file, or its bytes."""
    if data[:6] != b"\x93NUMPY" or len(data) < 12 or rng.random() < 0.3:
        return flip(data)
    size = struct.unpack("<H", data[8:10])[0]
    header, rest = data[10 : 10 + size].decode("latin1"), data[10 + size :]
    match rng.randrange(5):
        case 0:
            header = re.sub(r"'descr': [^,]*", lambda _: f"'descr': {_descr(rng)}", header)
        case 1:
            header = re.sub(r"'shape': \([^)]*\)", f"'shape': {rng.choice(SHAPES)}", header)
        case 2:
            header = header.replace("False", "True")
        case 3:
            header = flip(header.encode("latin1")).decode("latin1")
        case _:
            rest = flip(rest) if rng.random() < 0.5 else rest + rest
    start = bytes([rng.choice((1, 1, 1, 2, 3)), 0]) if rng.random() < 0.05 else data[6:8]
    coded = header.encode("latin1")[:65535]
    return data[:6] + start + struct.pack("<H", len(coded)) + coded + rest


def _descr(rng: random.Random) -> str:
    found = rng.choice(TYPES)
    return found if found.startswith("[") else repr(found)


def archive(data: bytes, rng: random.Random, flip: Flip) -> bytes:
    """Change, rename, drop, or double a member of a zip archive; checksums stay right."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as opened:
            members = [(name, opened.read(name)) for name in opened.namelist()]
    except Exception:  # noqa: BLE001 - whatever it is, it is no archive any more
        return flip(data)
    if not members or rng.random() < 0.15 or sum(len(content) for _, content in members) > 2**20:
        return flip(data)
    i = rng.randrange(len(members))
    name, content = members[i]
    match rng.randrange(8):
        case 0:
            del members[i]
        case 1:
            members[i] = rng.choice(("X", "y.npy", "lengths.npy", "X.npy", "../X.npy")), content
        case 2:
            members.append((name, members[0][1]))
        case 3:
            members[i] = name, members[0][1]
        case _:
            members[i] = name, array(content, rng, flip)
    buffer = io.BytesIO()
    method = rng.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED))
    with warnings.catch_warnings(), zipfile.ZipFile(buffer, "w", method) as made:
        warnings.simplefilter("ignore", UserWarning)  # two members of one name are wanted
        for name, content in members:
            entry = zipfile.ZipInfo(name or "a")
            entry.compress_type = method
            made.writestr(entry, content)
    return buffer.getvalue()


def picture(data: bytes, rng: random.Random, flip: Flip) -> bytes:
    """Change a chunk of a PNG and set its checksum right; bytes of other formats."""
    if data[:8] != b"\x89PNG\r\n\x1a\n" or rng.random() < 0.2:
        return flip(data)
    chunks: list[tuple[bytes, bytes]] = []
    position = 8
    while position + 12 <= len(data) and len(chunks) < 100:
        size = struct.unpack(">I", data[position : position + 4])[0]
        kind = data[position + 4 : position + 8]
        chunks.append((kind, data[position + 8 : position + 8 + size]))
        position += 12 + size
    if not chunks:
        return flip(data)
    i = rng.randrange(len(chunks))
    kind, content = chunks[i]
    match rng.randrange(6):
        case 0:
            chunks.insert(rng.randrange(len(chunks)), chunks[i])
        case 1:
            extra = rng.choice((b"tRNS", b"PLTE", b"eXIf", b"iCCP", b"zTXt", b"acTL", b"fcTL"))
            chunks.insert(i, (extra, flip(content[:40])))
        case 2 if kind == b"IDAT":
            chunks[i] = kind, _recompressed(content, flip)
        case _:
            chunks[i] = kind, flip(content)
    return data[:8] + b"".join(
        struct.pack(">I", len(c)) + k + c + struct.pack(">I", zlib.crc32(k + c)) for k, c in chunks
    )


def _recompressed(content: bytes, flip: Flip) -> bytes:
    try:
        return zlib.compress(flip(zlib.decompressobj().decompress(content, 2**16)))
    except zlib.error:
        return flip(content)


def tensors(data: bytes, rng: random.Random, flip: Flip) -> bytes:
    """Change the JSON header of a safetensors file and set its length right."""
    size = struct.unpack("<Q", data[:8])[0] if len(data) >= 8 else 2**63
    if size > len(data) or rng.random() < 0.2:
        return flip(data)
    header = tree(data[8 : 8 + size], rng, flip)
    return struct.pack("<Q", len(header)) + header + data[8 + size :]


def blind(data: bytes, rng: random.Random, flip: Flip) -> bytes:
    """Change bytes."""
    del rng
    return flip(data)
