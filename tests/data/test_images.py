"""Images named by captions, and features of images."""

from __future__ import annotations

import io
import os
import struct
import zipfile
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from actselect.data.images import read_image_features, read_images
from actselect.exceptions import DataError

RED, BLUE, WHITE = (255, 0, 0), (0, 0, 255), (255, 255, 255)


def halves(size: tuple[int, int] = (8, 8), mode: str = "RGB") -> Image.Image:
    """Return a picture that is red above and blue below."""
    image = Image.new("RGB", size, RED)
    image.paste(BLUE, (0, size[1] // 2, size[0], size[1]))
    return image.convert(mode)


def one(folder: Path, name: str = "a.png", size: int = 8) -> np.ndarray:
    """Read a single image."""
    return read_images(folder, [name], size=size, where="captions.json")[0][0]


def corners(pixels: np.ndarray) -> list[tuple[int, ...]]:
    """Return the colours top left and bottom right."""
    return [tuple(pixels[0, 0].tolist()), tuple(pixels[-1, -1].tolist())]


@pytest.mark.parametrize("ending", ["png", "bmp", "webp", "jpg"])
def test_every_format_gives_the_pixels_that_were_saved(tmp_path: Path, ending: str) -> None:
    """Lossless formats exactly, JPEG nearly."""
    pixels = np.random.default_rng(0).integers(0, 256, size=(8, 8, 3), dtype=np.uint8)
    smooth = np.linspace(0, 255, 8 * 8 * 3).reshape(8, 8, 3).astype(np.uint8)
    saved = smooth if ending == "jpg" else pixels
    Image.fromarray(saved).save(tmp_path / f"a.{ending}", lossless=True, quality=100)

    found = one(tmp_path, f"a.{ending}").astype(int)

    assert np.abs(found - saved).max() <= (6 if ending == "jpg" else 0)


def test_the_order_is_that_of_the_names(tmp_path: Path) -> None:
    """Also where images are in folders of their own."""
    (tmp_path / "sub").mkdir()
    Image.new("RGB", (4, 4), RED).save(tmp_path / "a.png")
    Image.new("RGB", (4, 4), BLUE).save(tmp_path / "sub" / "b.png")

    found, _ = read_images(tmp_path, ["sub/b.png", "a.png"], where="captions.json")

    assert found.shape == (2, 32, 32, 3)
    assert found.dtype == np.uint8
    assert [tuple(image[0, 0].tolist()) for image in found] == [BLUE, RED]


@pytest.mark.parametrize(("ending", "within"), [("png", 1), ("jpg", 6)])
def test_a_large_picture_is_shown_whole(tmp_path: Path, ending: str, within: int) -> None:
    """A pixel is the mean of the block it stands for; sides may be stretched."""
    down, right = np.mgrid[0:200, 0:640]
    picture = np.stack([right * 0.39, down * 1.27, 255 - right * 0.39], axis=-1).astype(np.uint8)
    Image.fromarray(picture).save(tmp_path / f"a.{ending}", quality=98, subsampling=0)

    found = one(tmp_path, f"a.{ending}", size=4)

    assert np.abs(found - picture.reshape(4, 50, 4, 160, 3).mean(axis=(1, 3))).max() <= within


@pytest.mark.parametrize("mode", ["L", "1", "P", "CMYK", "LA", "I;16"])
def test_every_kind_of_pixel_becomes_rgb(tmp_path: Path, mode: str) -> None:
    """A white upper and a black lower half look the same in all of them."""
    image = Image.new("L", (8, 8), 255)
    image.paste(0, (0, 4, 8, 8))
    name = "a.jpg" if mode == "CMYK" else "a.png"
    if mode == "I;16":
        values = np.asarray(image).astype(np.uint16) * 257
        Image.fromarray(values).save(tmp_path / name)
    else:
        image.convert("RGB" if mode == "P" else "L").convert(mode).save(tmp_path / name)

    white, black = corners(one(tmp_path, name))

    assert min(white) >= 254
    assert max(black) <= 1


def test_sixteen_bits_are_scaled_not_cut_off(tmp_path: Path) -> None:
    """The upper eight bits count."""
    Image.fromarray(np.full((4, 4), 0x80FF, dtype=np.uint16)).save(tmp_path / "a.png")

    assert set(one(tmp_path).ravel().tolist()) == {0x80}


@pytest.mark.parametrize("mode", ["RGBA", "P"])
def test_what_is_transparent_becomes_white(tmp_path: Path, mode: str) -> None:
    """Whether a channel or a palette says so."""
    if mode == "RGBA":
        image = halves(mode="RGBA")
        image.paste((0, 0, 0, 0), (0, 4, 8, 8))
        image.save(tmp_path / "a.png")
    else:
        image = halves().quantize(2)
        image.save(tmp_path / "a.png", transparency=image.getpixel((7, 7)))

    assert corners(one(tmp_path)) == [RED, WHITE]


def test_half_transparent_pixels_are_mixed_with_white(tmp_path: Path) -> None:
    """Black at alpha 51 of 255 is a fifth black."""
    Image.new("RGBA", (4, 4), (0, 0, 0, 51)).save(tmp_path / "a.png")

    assert set(one(tmp_path).ravel().tolist()) == {204}


@pytest.mark.parametrize(("orientation", "expected"), [(1, [RED, BLUE]), (3, [BLUE, RED])])
def test_a_picture_is_turned_as_its_camera_says(
    tmp_path: Path, orientation: int, expected: list[tuple[int, ...]]
) -> None:
    """EXIF orientation 3 is upside down."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    halves().save(tmp_path / "a.png", exif=exif)

    assert corners(one(tmp_path)) == expected


@pytest.mark.parametrize("ending", ["png", "webp"])
def test_the_first_frame_of_an_animation_counts(tmp_path: Path, ending: str) -> None:
    """Later frames are not looked at, and a note says so."""
    frames = [Image.new("RGB", (8, 8), colour) for colour in (RED, BLUE)]
    path = tmp_path / f"a.{ending}"
    frames[0].save(path, save_all=True, append_images=frames[1:], lossless=True)

    found, notes = read_images(tmp_path, [path.name], where="captions.json")

    assert corners(found[0]) == [RED, RED]
    assert notes == (f"Of animated images only the first frame was read: a.{ending}.",)


def test_damaged_camera_data_do_not_matter(tmp_path: Path) -> None:
    """The pixels are right; photographs in the wild often have such data."""
    exif = b"Exif\0\0MM\0*\0\0\0\x08\0\x05" + b"\x01\x12\0\x03\0\0\0\x01\0\x01"  # five tags, cut
    halves().save(tmp_path / "a.jpg", exif=exif, quality=95)

    assert one(tmp_path, "a.jpg").shape == (8, 8, 3)


BAD_NAMES = {
    "../a.png": "a step out of a folder",
    "sub/../../a.png": "a step out of a folder",
    "/etc/passwd": "an absolute path",
    "C:\\a.png": "a URL or a drive",
    "c:a.png": "a URL or a drive",
    "file:///etc/passwd": "a URL or a drive",
    "http://localhost/a.png": "a URL or a drive",
    "sub\\a.png": "a backslash",
    "a.png\0.jpg": "a NUL character",
    "": "an empty name",
    "none.png": "No such file",
    "x" * 5000: "name too long",
    ".": "a folder",
}


@pytest.mark.parametrize("name", BAD_NAMES, ids=[repr(name[:20]) for name in BAD_NAMES])
def test_names_that_lead_elsewhere_are_refused(tmp_path: Path, name: str) -> None:
    """Also where there is such a file; the message names the file of captions and the image."""
    root = tmp_path / "images"
    root.mkdir()
    (root / "sub").mkdir()
    halves().save(tmp_path / "a.png")

    with pytest.raises(DataError, match=BAD_NAMES[name]) as error:
        one(root, name)
    assert error.value.where.startswith("captions.json, image ")


def test_a_link_may_not_leave_the_folder(tmp_path: Path) -> None:
    """One that stays inside is followed; a loop is told."""
    root = tmp_path / "images"
    root.mkdir()
    halves().save(tmp_path / "outside.png")
    halves().save(root / "inside.png")
    (root / "a.png").symlink_to(root / "inside.png")
    (root / "b.png").symlink_to(tmp_path / "outside.png")
    (root / "c.png").symlink_to(root / "c.png")

    assert corners(one(root)) == [RED, BLUE]
    with pytest.raises(DataError, match="a link that leads out"):
        one(root, "b.png")
    with pytest.raises(DataError, match=r"links"):
        one(root, "c.png")


def test_folders_and_pipes_are_refused_at_once(tmp_path: Path) -> None:
    """Opening a pipe would wait for ever."""
    (tmp_path / "a.jpg").mkdir()
    os.mkfifo(tmp_path / "b.jpg")

    with pytest.raises(DataError, match=r"'a.jpg': wanted a regular file; got a folder"):
        one(tmp_path, "a.jpg")
    with pytest.raises(DataError, match="a pipe or a device"):
        one(tmp_path, "b.jpg")


def test_a_file_that_may_not_be_read_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Permissions, simulated: a test may run as root."""
    halves().save(tmp_path / "a.png")

    def refused(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refused)
    with pytest.raises(DataError, match=r"a.png.*Permission denied"):
        one(tmp_path)


def saved(image: Image.Image, kind: str) -> bytes:
    """Return a picture as the bytes of a file."""
    file = io.BytesIO()
    image.save(file, kind)
    return file.getvalue()


def chunk(kind: bytes, content: bytes) -> bytes:
    """Return one chunk of a PNG file."""
    checksum = struct.pack(">I", zlib.crc32(kind + content))
    return struct.pack(">I", len(content)) + kind + content + checksum


def png(width: int, height: int, *, extra: bytes = b"") -> bytes:
    """Return a PNG file that claims a size."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = zlib.compress(b"\0" * 1000)
    start = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + extra
    return start + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


PNG, JPEG = saved(halves((64, 64)), "PNG"), saved(halves((64, 64)), "JPEG")
BOMB = chunk(b"zTXt", b"Comment\0\0" + zlib.compress(b"x" * 100_000_000))
BAD_FILES = {
    "empty": (b"", "got an empty file"),
    "a truncated jpeg": (JPEG[: len(JPEG) // 2], "complete and undamaged"),
    "a truncated png": (PNG[:-30], "complete and undamaged"),
    "a wrong checksum": (PNG[:50] + bytes([PNG[50] ^ 255]) + PNG[51:], "complete and undamaged"),
    "a gif": (saved(halves(), "GIF"), "formats JPEG, PNG, BMP, WEBP; got something else"),
    "a tiff": (saved(halves(), "TIFF"), "something else"),
    "a psd": (b"8BPS\0\1" + b"\0" * 100, "something else"),
    "postscript": (b"%!PS-Adobe-3.0 EPSF-3.0\n", "something else"),
    "svg": (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "something else"),
    "7072 pixels square": (png(7072, 7072), "at most 50 million pixels; got 7072 x 7072"),
    "30000 pixels square": (png(30_000, 30_000), "at most 50 million pixels"),
    "a bomb of text": (png(8, 8, extra=BOMB), "complete and undamaged"),
    "a size of zero": (png(0, 8), "a.png"),
}


@pytest.mark.parametrize("case", BAD_FILES)
def test_files_that_are_no_usable_image_are_refused(tmp_path: Path, case: str) -> None:
    """The name of the image is told; nothing large is decoded."""
    content, message = BAD_FILES[case]
    (tmp_path / "a.png").write_bytes(content)

    with pytest.raises(DataError, match=message) as error:
        one(tmp_path)
    assert error.value.where == "captions.json, image 'a.png'"


def test_images_that_fill_the_memory_are_refused(tmp_path: Path) -> None:
    """Before any is opened."""
    with pytest.raises(DataError, match="fit 2 GiB together; got 100000 of 100 x 100"):
        read_images(tmp_path, ["a.png"] * 100_000, size=100, where="captions.json")


NAMES = np.array(["a.jpg", "b.jpg", "c.jpg"])
FEATURES = np.arange(6.0).reshape(3, 2)


def stored(folder: Path, **arrays: object) -> Path:
    """Write an .npz file and return its path."""
    path = folder / "features.npz"
    np.savez(path, **{"features": FEATURES, "names": NAMES, **arrays})  # type: ignore[arg-type]
    return path


def test_features_are_found_by_name(tmp_path: Path) -> None:
    """In the order asked for; those of other images are left out."""
    found = read_image_features(stored(tmp_path), ["c.jpg", "a.jpg"])

    assert found.dtype == np.float32
    assert found.tolist() == [[4, 5], [0, 1]]


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"features": FEATURES.ravel()}, r"features \(M, D\) of numbers; got shape \(6,\)"),
        ({"features": FEATURES.astype(str)}, "features .* of numbers; got .*<U"),
        ({"features": FEATURES[:2]}, r"names \(2,\) of text; got shape \(3,\)"),
        ({"names": np.arange(3)}, "names .* of text; got .*int"),
        ({"names": NAMES[[0, 1, 0]]}, "every name once; got 'a.jpg' twice"),
        ({"names": NAMES.astype(object)}, "got objects in 'names.npy'"),
        ({"names": np.array(["a.jpg", "x", "y"])}, "got 2 without, the first 'b.jpg'"),
        ({"features": np.where(FEATURES == 3, np.nan, FEATURES)}, "one of 'b.jpg'"),
        ({"features": FEATURES * 1e39}, "too large one of 'a.jpg'"),
    ],
)
def test_features_that_do_not_fit_are_refused(
    tmp_path: Path, arrays: dict[str, np.ndarray], message: str
) -> None:
    """Shape, kind, names and values are checked."""
    with pytest.raises(DataError, match=message):
        read_image_features(stored(tmp_path, **arrays), ["a.jpg", "b.jpg", "c.jpg"])


def test_damaged_archives_of_features_are_refused(tmp_path: Path) -> None:
    """Cut off, without names, or with a header that asks for terabytes."""
    path = stored(tmp_path)
    whole = path.read_bytes()
    huge = "{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000000, 1), }"
    header = b"\x93NUMPY\x01\0" + struct.pack("<H", 118) + huge.ljust(117).encode() + b"\n"
    for content in (whole[:100], b""):
        path.write_bytes(content)
        with pytest.raises(DataError, match=r"features.npz: wanted an .npz archive"):
            read_image_features(path, ["a.jpg"])
    np.savez(path, features=FEATURES)
    with pytest.raises(DataError, match="the arrays features and names; got features"):
        read_image_features(path, ["a.jpg"])
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("features.npy", header)
    with pytest.raises(DataError, match="1000000000000"):
        read_image_features(path, ["a.jpg"])
