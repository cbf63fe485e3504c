"""Pictures and archives of arrays that are damaged, disguised, too large, or made to deceive."""

from __future__ import annotations

import ctypes
import io
import json
import os
import stat
import struct
import tarfile
import warnings
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms, PngImagePlugin

from actselect.data import load
from actselect.exceptions import DataError

PICTURES = 12
SEQUENCES = 40
ODD = "odd.png"  # name of the picture that is odd


# -- pictures: a COCO file beside twelve of them, the first of which is odd -----------------------


def empty_picture(folder: Path) -> Path:
    """Write a picture of no bytes."""
    return _beside(folder, b"")


def cut_jpeg(folder: Path) -> Path:
    """Write half of a JPEG."""
    whole = _bytes(_photo(), "JPEG")
    return _beside(folder, whole[: len(whole) // 2], "odd.jpg")


def cut_png(folder: Path) -> Path:
    """Write a PNG without its end."""
    return _beside(folder, _bytes(_photo(), "PNG")[:-40])


def wide_png(folder: Path) -> Path:
    """Write 30000 x 30000 pixels that nobody has filled in."""
    return _beside(folder, _png(30_000, 30_000))


def large_png(folder: Path) -> Path:
    """Write 10000 x 10000 black pixels, which are a few kilobytes."""
    return _beside(folder, _png(10_000, 10_000, full=True))


def gif_picture(folder: Path) -> Path:
    """Call a GIF .png."""
    return _beside(folder, _bytes(_photo(), "GIF"))


def tiff_picture(folder: Path) -> Path:
    """Call a TIFF .png."""
    return _beside(folder, _bytes(_photo(), "TIFF"))


def svg_picture(folder: Path) -> Path:
    """Call an SVG that fetches something .png."""
    link = b'<image href="http://192.0.2.1/x.png" width="8" height="8"/>'
    return _beside(folder, b'<svg xmlns="http://www.w3.org/2000/svg">' + link + b"</svg>")


def eps_picture(folder: Path) -> Path:
    """Call PostScript, which is a program, .png."""
    begin = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 8 8\n"
    return _beside(folder, begin + b"(/tmp/x) (w) file closefile\nshowpage\n%%EOF\n")


def psd_picture(folder: Path) -> Path:
    """Call the head of a Photoshop file .png."""
    return _beside(folder, b"8BPS" + struct.pack(">H6xHIIHH", 1, 3, 8, 8, 8, 3) + bytes(64))


def animated_png(folder: Path) -> Path:
    """Write an animation of two frames."""
    file = io.BytesIO()
    frames = [Image.new("RGB", (8, 8), (value, 0, 0)) for value in (40, 200)]
    frames[0].save(file, "PNG", save_all=True, append_images=frames[1:])
    return _beside(folder, file.getvalue())


def cmyk_jpeg(folder: Path) -> Path:
    """Write a JPEG for printers."""
    return _beside(folder, _bytes(_photo().convert("CMYK"), "JPEG"), "odd.jpg")


def deep_png(folder: Path) -> Path:
    """Write a PNG of 16 bits a pixel."""
    deep = Image.fromarray(np.full((8, 8), 0x80FF, dtype=np.uint16))
    return _beside(folder, _bytes(deep, "PNG"))


def palette_png(folder: Path) -> Path:
    """Write a PNG with a palette, one colour of which is transparent."""
    return _beside(folder, _bytes(_photo().quantize(4), "PNG", transparency=0))


def turned_jpeg(folder: Path) -> Path:
    """Write a JPEG that its camera says is upside down."""
    exif = Image.Exif()
    exif[0x0112] = 3
    return _beside(folder, _bytes(_photo(), "JPEG", exif=exif.tobytes()), "odd.jpg")


def text_bomb(folder: Path) -> Path:
    """Write a PNG with 100 comments of a megabyte each, packed small."""
    comments = PngImagePlugin.PngInfo()
    for number in range(100):
        comments.add_text(f"comment {number}", "a" * 2**20, zip=True)
    return _beside(folder, _bytes(_photo(), "PNG", pnginfo=comments))


def profile_bomb(folder: Path) -> Path:
    """Write a PNG whose colour profile unpacks to a quarter of a gigabyte."""
    profile = b"icc\0\0" + _packed_zeros(2**28)
    return _beside(folder, _with_chunk(_bytes(_photo(), "PNG"), b"iCCP", profile))


def usual_profile(folder: Path) -> Path:
    """Write a PNG with the profile that most have."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return _beside(folder, _bytes(_photo(), "PNG", icc_profile=profile))


def folder_picture(folder: Path) -> Path:
    """Call a folder .png."""
    return _beside(folder, Path.mkdir)


def pipe_picture(folder: Path) -> Path:
    """Call a pipe .png: who opens it waits for ever."""
    return _beside(folder, os.mkfifo)


def device_picture(folder: Path) -> Path:
    """Link to a device that never ends."""
    return _beside(folder, lambda path: path.symlink_to("/dev/zero"))


def endless_links(folder: Path) -> Path:
    """Let a picture be a link to itself."""
    return _beside(folder, lambda path: path.symlink_to(path))


def locked_picture(folder: Path) -> Path:
    """Write a picture that nobody may read."""

    def lock(path: Path) -> None:
        path.write_bytes(_bytes(_photo(), "PNG"))
        path.chmod(0)

    return _beside(folder, lock)


def locked_picture_is_refused(captions: Path) -> None:
    """A picture that may not be read is refused with its name; also where root asks."""
    with _as_anybody(), pytest.raises(DataError, match=r"odd\.png.*Permission denied"):
        load(captions, task="captioning")


@contextmanager
def _as_anybody() -> Iterator[None]:
    """Take from root, for a while, the right to read what nobody may (capset(2))."""
    if os.name == "nt" or os.geteuid():
        yield
        return
    libc = ctypes.CDLL(None, use_errno=True)
    head = (ctypes.c_uint32 * 2)(0x20080522, 0)  # version 3, this thread
    mine = (ctypes.c_uint32 * 6)()  # effective, permitted, inheritable; twice 32 bits
    assert libc.capget(head, mine) == 0
    less = (ctypes.c_uint32 * 6)(*mine)
    less[0] &= ~0b110  # CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH
    assert libc.capset(head, less) == 0
    try:
        yield
    finally:
        assert libc.capset(head, mine) == 0


def captions_of_features(folder: Path) -> Path:
    """Write captions, and features of the pictures as an archive with two names for one."""
    path = _beside(folder, _bytes(_photo(), "PNG"))
    names = np.array([ODD, *(f"{i}.png" for i in range(1, PICTURES - 1)), ODD])
    np.savez(path.with_name("features.npz"), features=np.ones((PICTURES, 4)), names=names)
    return path


def captions_of_objects(folder: Path) -> Path:
    """Write captions, and features that a pickle would make."""
    path = _beside(folder, _bytes(_photo(), "PNG"))
    features = np.array([[object()]] * PICTURES)
    np.savez(path.with_name("features.npz"), features=features, names=np.array(["a"]))
    return path


def _beside(folder: Path, odd: bytes | Callable[[Path], object], name: str = ODD) -> Path:
    """Write captions beside their pictures; the first picture has these bytes, or is made so."""
    place = folder / "pictures"
    place.mkdir()
    names = [name, *(f"{i}.png" for i in range(1, PICTURES))]
    for i, each in enumerate(names[1:], start=1):
        Image.new("RGB", (8, 8), (20 * i, 0, 0)).save(place / each)
    if isinstance(odd, bytes):
        (place / name).write_bytes(odd)
    else:
        odd(place / name)
    found = {
        "images": [{"id": i, "file_name": each} for i, each in enumerate(names)],
        "annotations": [
            {"image_id": i, "caption": f"A picture of number {i}."} for i in range(PICTURES)
        ],
    }
    path = place / "captions.json"
    path.write_text(json.dumps(found), encoding="utf-8")
    return path


def _photo() -> Image.Image:
    pixels = np.random.default_rng(0).integers(0, 256, size=(64, 64, 3), dtype=np.uint8)
    return Image.fromarray(pixels)


def _bytes(image: Image.Image, form: str, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, form, **options)
    return file.getvalue()


def _png(width: int, height: int, *, full: bool = False) -> bytes:
    """Return a black PNG of one bit a pixel; its rows are there where ``full``."""
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    rows = bytes((width // 8 + 1) * height) if full else b""
    chunks = _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(rows, 9))
    return b"\x89PNG\r\n\x1a\n" + chunks + _chunk(b"IEND", b"")


def _with_chunk(png: bytes, kind: bytes, data: bytes) -> bytes:
    """Return a PNG with one more chunk behind its header, which takes 33 bytes."""
    return png[:33] + _chunk(kind, data) + png[33:]


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _packed_zeros(size: int) -> bytes:
    """Return ``size`` packed zeros, made piece by piece."""
    packer, piece = zlib.compressobj(9), bytes(2**20)
    return b"".join(packer.compress(piece) for _ in range(size // len(piece))) + packer.flush()


# -- archives: an .npz with X and y, and one thing odd about it -----------------------------------


def climbing_member(folder: Path) -> Path:
    """Name a member so that it would be written beside the folder."""
    return _archive(folder, lambda file: file.writestr("../X.npy", _npy(_X)))


def absolute_member(folder: Path) -> Path:
    """Name a member by an absolute path."""
    return _archive(folder, lambda file: file.writestr("/etc/X.npy", _npy(_X)))


def drive_member(folder: Path) -> Path:
    """Name a member by a drive."""
    return _archive(folder, lambda file: file.writestr("C:/X.npy", _npy(_X)))


def linked_member(folder: Path) -> Path:
    """Let a member be a link."""
    member = zipfile.ZipInfo("link.npy")
    member.external_attr = (stat.S_IFLNK | 0o777) << 16
    return _archive(folder, lambda file: file.writestr(member, "/etc/passwd"))


def zip_bomb(folder: Path) -> Path:
    """Write a gigabyte of zeros as one megabyte."""
    return _archive(folder, lambda file: _write_zeros(file, 2**27))


def overlapping_bomb(folder: Path) -> Path:
    """Let eleven members be the same bytes: the last entry of the directory, under new names."""
    path = _archive(folder, lambda file: file.writestr("Z.npy", _npy(np.zeros(2**20))))
    data = path.read_bytes()
    end, last = data.rfind(b"PK\x05\x06"), data.rfind(b"PK\x01\x02")
    more = b"".join(data[last:end].replace(b"Z.npy", f"{k}.npy".encode()) for k in range(10))
    count, size = struct.unpack("<8xHxxI6x", data[end : end + 22])
    tail = struct.pack("<HHI", count + 10, count + 10, size + len(more))
    path.write_bytes(data[:end] + more + data[end : end + 8] + tail + data[end + 16 :])
    return path


def nested_zip(folder: Path) -> Path:
    """Put an archive into the archive."""
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as file:
        file.writestr("X.npy", _npy(_X))
    return _archive(folder, lambda file: file.writestr("more.npz", inner.getvalue()))


def many_members(folder: Path) -> Path:
    """Write 100 000 members."""
    empty = _npy(np.zeros(1))

    def write(file: zipfile.ZipFile) -> None:
        for number in range(100_000):
            file.writestr(f"{number}.npy", empty)

    return _archive(folder, write)


def member_twice(folder: Path) -> Path:
    """Write X twice."""

    def write(file: zipfile.ZipFile) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            file.writestr("X.npy", _npy(_X + 1))

    return _archive(folder, write)


def encrypted_member(folder: Path) -> Path:
    """Set the bit that says a password is needed."""
    path = _archive(folder)
    data = bytearray(path.read_bytes())
    data[6] |= 1  # of the first member's own header, then of its entry in the directory
    data[data.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(data)
    return path


def wrong_checksum(folder: Path) -> Path:
    """Change a byte of a member."""
    path = _archive(folder)
    data = bytearray(path.read_bytes())
    data[300] ^= 0xFF
    path.write_bytes(data)
    return path


def case_of_member(folder: Path) -> Path:
    """Name a member as another one, in small letters."""
    return _archive(folder, lambda file: file.writestr("x.npy", _npy(_X + 1)))


def cut_archive(folder: Path) -> Path:
    """Leave out the end of the archive, where its directory is."""
    path = _archive(folder)
    path.write_bytes(path.read_bytes()[:-200])
    return path


def gzip_bomb(folder: Path) -> Path:
    """Write a gigabyte of zeros as a .csv.gz."""
    packer = zlib.compressobj(9, wbits=31)
    piece = bytes(2**20)
    path = folder / "bomb.csv.gz"
    packed = b"".join(packer.compress(piece) for _ in range(2**10))
    path.write_bytes(packed + packer.flush())
    return path


def tar_archive(folder: Path) -> Path:
    """Write a tar with a member that climbs out."""
    path = folder / "data.tar"
    with tarfile.open(path, "w") as file:
        member = tarfile.TarInfo("../../x.csv")
        member.size = 4
        file.addfile(member, io.BytesIO(b"t,y\n"))
    return path


def tgz_archive(folder: Path) -> Path:
    """Write a packed tar."""
    path = folder / "data.tgz"
    with tarfile.open(path, "w:gz") as file:
        file.addfile(tarfile.TarInfo("x.csv"), io.BytesIO(b""))
    return path


def array_of_objects(folder: Path) -> Path:
    """Write an .npy of objects, which a pickle would run."""
    path = folder / "objects.npy"
    np.save(path, np.array([_Touch()]), allow_pickle=True)
    return path


def archive_of_objects(folder: Path) -> Path:
    """Write an .npz of objects, which a pickle would run."""
    path = folder / "objects.npz"
    np.savez(path, X=np.array([_Touch()]), y=np.arange(SEQUENCES))
    return path


def huge_header(folder: Path) -> Path:
    """Write 128 bytes that say they are 7 TiB."""
    path = folder / "huge.npy"
    path.write_bytes(_header("(1000000000000,)"))
    return path


def huge_header_inside(folder: Path) -> Path:
    """Write an archive of a member that says it is 7 TiB."""
    return _archive(folder, lambda file: file.writestr("lengths.npy", _header("(1000000000000,)")))


def negative_header(folder: Path) -> Path:
    """Write an array of less than nothing."""
    path = folder / "negative.npy"
    path.write_bytes(_header("(-8, -8)") + bytes(512))
    return path


def code_header(folder: Path) -> Path:
    """Write a header with a call instead of a shape."""
    path = folder / "code.npy"
    path.write_bytes(_header("__import__('os').mkdir('marker')"))
    return path


class _Touch:
    """Makes a folder here when it is unpickled."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return (os.mkdir, ("marker",))


_X = np.random.default_rng(0).normal(size=(SEQUENCES, 6, 2))


def _archive(folder: Path, more: Callable[[zipfile.ZipFile], object] = bool) -> Path:
    """Write an .npz with X and y, and what ``more`` adds."""
    path = folder / "data.npz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("X.npy", _npy(_X))
        file.writestr("y.npy", _npy(np.arange(SEQUENCES) % 2))
        more(file)
    return path


def _npy(array: np.ndarray) -> bytes:
    file = io.BytesIO()
    np.save(file, array, allow_pickle=False)
    return file.getvalue()


def _header(shape: str) -> bytes:
    text = f"{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}, }}".ljust(117) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text.encode()


def _write_zeros(file: zipfile.ZipFile, count: int) -> None:
    """Add an array of so many zeros, piece by piece."""
    with file.open("Z.npy", "w", force_zip64=True) as member:
        member.write(_header(f"({count},)"))
        for _ in range(8 * count // 2**20):
            member.write(bytes(2**20))
