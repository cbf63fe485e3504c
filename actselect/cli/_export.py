"""``actselect export``: the recommended network in the user's own code."""

from __future__ import annotations

import click

from actselect.cli._output import print_text
from actselect.cli._studies import STUDY

FORMATS = ("code", "torch", "onnx")  # a test compares: actselect.export loads torch
FLAVOURS = ("auto", "actselect", "torch", "keras")


@click.command()
@STUDY
@click.option(
    "--format", "form", type=click.Choice(FORMATS), default="code", show_default=True,
    help="code: a PyTorch module. torch: a folder with weights, config.json and that module. onnx: "
    "a checked ONNX file.",
)  # fmt: skip
@click.option(
    "--flavour", type=click.Choice(FLAVOURS), default="auto", show_default=True,
    help="Of code and torch: plain PyTorch, or layers of actselect.nn; auto is plain PyTorch where "
    "it has the activations. keras: the layers in Keras 3.",
)  # fmt: skip
@click.option(
    "--out", metavar="PATH",
    help="File (code, onnx) or folder (torch) to write.  [default: code is printed]",
)  # fmt: skip
@click.option("--force", is_flag=True, help="Replace what is there.")
def export(study: str, *, form: str, flavour: str, out: str | None, force: bool) -> None:
    """Bring the network that a study recommends into your own code.

    STUDY is the folder of a finished study. Code is a module with the architecture, a function that
    loads the trained weights, and what goes in and comes out; the Keras layers are a comment at its
    end. ONNX files take any batch size and any number of steps, and are compared with the network
    by onnxruntime before they are written.

    \b
    Examples:
      actselect export studies/airpassengers-forecasting > network.py
      actselect export studies/airpassengers-forecasting --flavour keras
      actselect export studies/airpassengers-forecasting --format torch --out network/
      actselect export studies/airpassengers-forecasting --format onnx --out network.onnx
    """
    from actselect import api

    done = api.export(study, format=form, flavour=flavour, out=out, force=force)
    print_text(str(done), nl=done.path is not None)
