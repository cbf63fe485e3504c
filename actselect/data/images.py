"""Images, and features of images, by the names that a file of captions gives them.

Notation: N images, D features.

Names come from a file that somebody else may have written: they are joined to a folder and may
not lead out of it, and nothing is ever fetched.  What a decoder makes of bytes is not trusted
either: sizes are checked before pixels are decoded, and every failure names the image.
"""

from __future__ import annotations

import re
import stat
import warnings
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps, UnidentifiedImageError

from actselect.data.readers._npz import check_sizes, check_text
from actselect.data.readers._text import MAX_BYTES
from actselect.data.table import reason, shown
from actselect.exceptions import DataError

FORMATS = ("JPEG", "PNG", "BMP", "WEBP")
"""Formats that are decoded, whatever the ending of the name."""

ANIMATED = ("PNG", "WEBP")
"""Formats whose further frames are an animation; in a JPEG they are previews and depths."""

MAX_PIXELS = 50_000_000
"""Largest image.  A judgement: it takes 150 MB, and pictures that people describe are smaller."""

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")  # of a URL; a drive letter is one, too
_DRAFT = 3  # times the wanted size: no JPEG is decoded to less; more gives nearly the same pixels
_HARMLESS = "Corrupt EXIF|Truncated File Read|Metadata Warning|.*Skipping tag|.*malformed MPO"


def read_images(
    root: Path, names: Sequence[str], *, size: int = 32, where: str
) -> tuple[npt.NDArray[np.uint8], tuple[str, ...]]:
    """Return images (N, size, size, 3), 0 to 255, and notes on what was decided.

    ``where`` names the file that the names came from.

    The whole picture is resized to a square, so its sides may be stretched; a pixel is the mean of
    what it covers.  The picture is turned as its EXIF data say; what is transparent becomes white;
    grey, palette, CMYK and 16 bit become RGB; of an animation the first frame counts.

    Raises:
        DataError: a name leads out of ``root``, or its file is missing, is no regular file, is of
            another format, is damaged, or has more than ``MAX_PIXELS``.
    """
    if len(names) * size * size * 3 > MAX_BYTES:
        raise DataError(
            wanted=f"images that fit {MAX_BYTES / 1024**3:.0f} GiB together",
            got=f"{len(names)} of {size} x {size} pixels",
            where=where,
            todo="Ask for smaller images, or give features of images as .npz.",
        )
    paths = [_inside(root, name, f"{where}, image {name!r}") for name in names]
    pixels = np.empty((len(names), size, size, 3), dtype=np.uint8)
    moving = []
    for i, path in enumerate(paths):
        pixels[i], frames = _decoded(path, size, f"{where}, image {names[i]!r}")
        moving += [names[i]] if frames > 1 else []
    notes = (f"Of animated images only the first frame was read: {shown(moving, limit=4)}.",)
    return pixels, notes if moving else ()


def read_image_features(path: Path, names: Sequence[str]) -> npt.NDArray[np.float32]:
    """Return features (N, D) of the named images from an .npz file, which may hold more of them.

    The file has ``features``, (M, D) numbers, and ``names``, (M,) text.

    Raises:
        DataError: the archive is damaged, holds objects or lacks an array; a name is there twice or
            not at all; a feature is missing or too large for float32.
    """
    features, stored = _feature_arrays(path)
    rows = {name: row for row, name in enumerate(stored)}
    if len(rows) < len(stored):
        twice = next(name for row, name in enumerate(stored) if rows[name] != row)
        raise _bad_features(path, "every name once", f"{twice!r} twice")
    missing = [name for name in names if name not in rows]
    if missing:
        got = f"{len(missing)} without, the first {missing[0]!r}"
        raise _bad_features(path, "features of every image", got)
    chosen = features[[rows[name] for name in names]]
    with np.errstate(over="ignore", invalid="ignore"):
        single = chosen.astype(np.float32)
    bad = np.flatnonzero(~np.isfinite(single).all(axis=1))
    if len(bad):
        got = f"a missing, infinite or too large one of {names[bad[0]]!r}"
        raise _bad_features(path, "finite features", got)
    return single


def _inside(root: Path, name: str, where: str) -> Path:
    """Return the path of an image; it exists, is a regular file, and lies in the folder."""
    problem = _bad_name(name)
    if problem:
        raise _refused(where, "a path inside the folder of images", problem)
    try:
        path = (root / name).resolve()
        inside = path.is_relative_to(root.resolve())
        mode = path.stat().st_mode if inside else 0
    except (OSError, RuntimeError) as error:  # a loop of links is a RuntimeError before 3.13
        got = getattr(error, "strerror", None) or "a loop of links"
        raise _refused(where, f"an image in {root}", got) from error
    if not inside:
        raise _refused(where, "a path inside the folder of images", "a link that leads out of it")
    if not stat.S_ISREG(mode):
        got = "a folder" if stat.S_ISDIR(mode) else "a pipe or a device"
        raise _refused(where, "a regular file", got)
    return path


def _bad_name(name: str) -> str:
    """Return what is wrong with a name, "" where it is a plain relative path."""
    if not name.strip():
        return "an empty name"
    if "\0" in name:
        return "a NUL character in the name"
    if _SCHEME.match(name):
        return "a URL or a drive"
    if name.startswith("/"):
        return "an absolute path"
    if "\\" in name:
        return "a backslash; folders are separated by /"
    return "a step out of a folder, .." if ".." in name.split("/") else ""


def _decoded(path: Path, size: int, where: str) -> tuple[npt.NDArray[np.uint8], int]:
    """Return one image, (size, size, 3), and how many frames its file has."""
    try:
        with path.open("rb") as file, warnings.catch_warnings():
            warnings.simplefilter("error")
            warnings.filterwarnings("ignore", _HARMLESS)  # about camera data; pixels are right
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # our limit is lower
            frames = _check_whole(file, where)
            return _resized(file, size), frames
    except DataError:
        raise
    except Image.DecompressionBombError as error:
        raise _too_large(where, "more") from error
    except UnidentifiedImageError as error:
        got = "an empty file" if not path.stat().st_size else "something else, or its start damaged"
        raise _refused(where, f"an image of the formats {', '.join(FORMATS)}", got) from error
    except Exception as error:  # decoders fail in many ways, and all of them say: not this file
        raise _refused(where, "a readable image, complete and undamaged", reason(error)) from error


def _check_whole(file: BinaryIO, where: str) -> int:
    """Return the number of frames; raise unless size and checksums are right; decodes no pixels."""
    with Image.open(file, formats=FORMATS) as image:
        if image.width * image.height > MAX_PIXELS:
            raise _too_large(where, f"{image.width} x {image.height}")
        frames = int(getattr(image, "n_frames", 1)) if image.format in ANIMATED else 1
        image.verify()
    file.seek(0)
    return frames


def _resized(file: BinaryIO, size: int) -> npt.NDArray[np.uint8]:
    with Image.open(file, formats=FORMATS) as image:
        image.draft(None, (_DRAFT * size, _DRAFT * size))
        turned = _rgb(ImageOps.exif_transpose(image))
    small = turned.resize((size, size), Image.Resampling.BOX)
    return np.asarray(small, dtype=np.uint8)


def _rgb(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I"):  # 16 bit, where convert would cut off instead of scale
        return Image.fromarray((np.asarray(image) >> 8).astype(np.uint8)).convert("RGB")
    if not image.has_transparency_data:
        return image.convert("RGB")
    above = image.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", above.size, "white"), above).convert("RGB")


def _feature_arrays(path: Path) -> tuple[npt.NDArray[np.generic], list[str]]:
    """Return features (M, D) and their M names, checked."""
    try:
        with zipfile.ZipFile(path) as archive:
            check_sizes(path, archive)
        with warnings.catch_warnings(), np.load(path, allow_pickle=False) as stored:
            warnings.simplefilter("ignore", UserWarning)  # written by Python 2: reads as well
            arrays = {name: stored[name] for name in ("features", "names") if name in stored.files}
            other = shown(stored.files) or "none"
        check_text(path, arrays)
    except Exception as error:  # archives and headers of arrays fail in many ways
        if isinstance(error, DataError):
            raise _bad_features(path, error.wanted, error.got) from error
        raise _bad_features(path, "an .npz archive of plain arrays", reason(error)) from error
    if len(arrays) < 2:
        raise _bad_features(path, "the arrays features and names", other)
    features, names = arrays["features"], arrays["names"]
    if features.ndim != 2 or features.dtype.kind not in "fiu" or not features.shape[1]:
        got = f"shape {features.shape} of {features.dtype}"
        raise _bad_features(path, "features (M, D) of numbers", got)
    if names.dtype.kind != "U" or names.shape != features.shape[:1]:
        got = f"shape {names.shape} of {names.dtype}"
        raise _bad_features(path, f"names ({len(features)},) of text", got)
    return features, [str(name) for name in names.tolist()]


def _too_large(where: str, got: str) -> DataError:
    wanted = f"an image of at most {MAX_PIXELS // 10**6} million pixels"
    return DataError(wanted=wanted, got=got, where=where, todo="Make it smaller.")


def _refused(where: str, wanted: str, got: str) -> DataError:
    todo = "Correct the name or the image, or leave out its captions."
    return DataError(wanted=wanted, got=got, where=where, todo=todo)


def _bad_features(path: Path, wanted: str, got: str) -> DataError:
    todo = "Write it with numpy.savez(path, features=features, names=names), one row an image."
    return DataError(wanted=wanted, got=got, where=path.name, todo=todo)
