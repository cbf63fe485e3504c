"""``actselect doctor``: what this installation can do, and whether it does it right."""

from __future__ import annotations

import click

from actselect.cli._output import columns
from actselect.exceptions import RunError

NO_KERNELS = """\
There are no compiled kernels in this installation. Everything works, but networks train several
times slower. To have them, install a C++ compiler (Debian: apt install g++, macOS: xcode-select
--install, Windows: Visual Studio with clang) and type:
  pip install --force-reinstall --no-deps --no-cache-dir actselect"""


@click.command()
def doctor() -> None:
    """Say what this installation can do, and test it: ten seconds.

    Compares the compiled kernels with a plain reference, and times them against PyTorch's layers.

    \b
    Example:
      actselect doctor
    """
    from actselect import doctor as examination
    from actselect.recurrence import native

    for name, value in examination.facts().items():
        click.echo(f"{name + ':':<18}{value}")
    click.echo("\nSelf-test against the reference in float64, value and gradient")
    checks = examination.self_test()
    rows: list[tuple[str, ...]] = [
        (c.name, f"{c.error:.1e}", "right" if c.right else "WRONG") for c in checks
    ]
    click.echo(columns(("layer", "error", ""), rows))
    steps, batch, inputs, hidden = examination.SHAPE
    click.echo(
        f"\nTraining step, {inputs} inputs, {hidden} units, {batch} sequences of {steps} steps, "
        "one thread"
    )
    times: list[tuple[str, ...]] = [
        (s.name, f"{s.ours:.1f}", f"{s.torch:.1f}", f"{s.ratio:.2f}") for s in examination.speed()
    ]
    click.echo(columns(("layer", "ms", "torch.nn ms", "times faster"), times))
    if native.MODULE is None:
        click.echo(f"\n{NO_KERNELS}")
    if not all(c.right for c in checks):
        raise RunError(
            "the kernels are wrong on this machine. Set ACTSELECT_KERNELS=none to do without "
            "them, and please report this output."
        )
    click.echo("\nAll is well.")
