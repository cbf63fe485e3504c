"""A recommended network in the user's own code: as a module, a folder for PyTorch, or ONNX."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final, final

from actselect.exceptions import MissingExtraError, RunError, UsageError
from actselect.exporting import _code, _keras, _torch
from actselect.exporting._flavour import FLAVOURS as FLAVOURS
from actselect.exporting._flavour import settled
from actselect.exporting._source import Source, read
from actselect.files import write_atomically

FORMATS: Final = ("code", "torch", "onnx")


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """What an export came to.

    Args:
        code: Python source; None for ONNX.
        path: file or folder that was written; None for none.
        summary: what was written, in a sentence or two; empty for none.
    """

    code: str | None
    path: Path | None
    summary: str

    def __str__(self) -> str:
        """Return the code where nothing was written, else what was."""
        return self.summary if self.path is not None or self.code is None else self.code


def export(
    study: str | Path,
    *,
    form: str = "code",
    flavour: str = "auto",
    out: str | Path | None = None,
    force: bool = False,
) -> Exported:
    """Bring the network that a study recommends into the user's own code.

    Args:
        study: its folder.
        form: ``"code"``, a PyTorch module; ``"torch"``, a folder with weights, description and
            module; ``"onnx"``, a file that onnxruntime was seen to run rightly.
        flavour: of code: ``"torch"`` for plain PyTorch, ``"actselect"`` for layers of
            ``actselect.nn``, ``"keras"``; ``"auto"`` is torch where it has the activations.
        out: file (code, onnx) or folder (torch) to write; code alone may do without.
        force: replace what is there.

    Raises:
        UsageError: an argument is wrong, or the network cannot be expressed so.
        StudyError: there is no finished study.
        MissingExtraError: ONNX is not installed.
        RunError: the ONNX file does not answer as the network does, or it cannot be written.
    """
    path = None if out is None else Path(out)
    _refuse_wrong(form, flavour, path)
    source = read(study)
    if path is not None:
        _refuse_taken(path, form, force=force)
    try:
        return _exported(source, form, flavour, path)
    except OSError as error:
        raise RunError(f"{path} cannot be written ({error.strerror}).") from error


def _exported(source: Source, form: str, flavour: str, path: Path | None) -> Exported:
    if form == "onnx":
        return _file(source, _needed(path, form))
    if flavour == "keras":
        return _text(_keras.module(source), path)
    chosen = settled(flavour, source.architecture)
    if form == "torch":
        return _folder(source, chosen, _needed(path, form))
    return _text(_code.module(source, chosen, foot=_keras.block(source)), path)


def _refuse_wrong(form: str, flavour: str, path: Path | None) -> None:
    for name, value, known in (("format", form, FORMATS), ("flavour", flavour, FLAVOURS)):
        if value not in known:
            raise UsageError(f"{name} must be one of {', '.join(known)}. Got {value!r}.")
    if flavour != "auto" and (form == "onnx" or (form == "torch" and flavour == "keras")):
        raise UsageError(
            f"flavour {flavour!r} is for the format code; the format is {form}. Leave it out."
        )
    if form != "code":
        _needed(path, form)


def _needed(path: Path | None, form: str) -> Path:
    if path is None:
        what = "FOLDER" if form == "torch" else "FILE.onnx"
        raise UsageError(f"The format {form} is written to disk: say where, with --out {what}.")
    return path


def _refuse_taken(path: Path, form: str, *, force: bool) -> None:
    """Raise UsageError where something is in the way; a device or a link is never replaced."""
    if not path.parent.is_dir():
        raise UsageError(f"{path} cannot be written: there is no folder {path.parent}.")
    if form == "torch":
        if path.exists() and not path.is_dir():
            raise UsageError(f"--out must be a folder for the format torch. {path} is a file.")
        taken = [name for name in _torch.FILES if (path / name).exists()]
        if taken and not force:
            raise UsageError(f"{path} holds {taken[0]} already. Pass --force to replace it.")
    elif path.is_dir():
        raise UsageError(f"--out must be a file for the format {form}. {path} is a folder.")
    elif path.is_symlink() or (path.exists() and not path.is_file()):
        raise UsageError(f"--out must be a plain file. {path} is a link or a device.")
    elif path.exists() and not force:
        raise UsageError(f"{path} exists already. Pass --force to replace it.")


def _text(code: str, path: Path | None) -> Exported:
    if path is None:
        return Exported(code=code, path=None, summary="")
    write_atomically(path, code)
    return Exported(code=code, path=path, summary=f"Wrote {path}.")


def _folder(source: Source, flavour: str, folder: Path) -> Exported:
    code = _torch.write_folder(source, flavour, folder)
    needs = "plain PyTorch" if flavour == "torch" else "PyTorch with actselect.nn"
    summary = f"Wrote {', '.join(_torch.FILES)} into {folder}: {needs}."
    return Exported(code=code, path=folder, summary=summary)


def _file(source: Source, file: Path) -> Exported:
    try:
        from actselect.exporting._onnx import write_onnx
    except ImportError as error:
        raise MissingExtraError("The format onnx", "onnx") from error
    found = write_onnx(source, file)
    shapes = ", ".join(f"{batch} x {steps}" for batch, steps in found.shapes)
    summary = (
        f"Wrote {file}: {', '.join(found.inputs)} -> {', '.join(found.outputs)}, for any batch "
        f"size and any number of steps. Checked with onnxruntime at batch x steps {shapes}: it "
        f"differs from the network by at most {found.difference:.0e}."
    )
    return Exported(code=None, path=file, summary=summary)
