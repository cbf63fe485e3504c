"""Valid files that fuzzing starts from: small, one for each way a reader is reached."""

from __future__ import annotations

import io
import json
import tempfile
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from PIL import Image

GOLDEN = Path(__file__).parents[1] / "golden"
WORDS = ("a good day", "what a bad, bad day", 'it "rains"', "sun and rain", "no", "yes; maybe")
TWELVE = range(12)


def frame_csv(columns: dict[str, Any], separator: str = ",") -> bytes:
    """Return columns as a table of text."""
    return pd.DataFrame(columns).to_csv(index=False, sep=separator).encode()


SERIES: dict[str, list[Any]] = {
    "id": ["007"] * 12 + ["NA"] * 12,
    "time": [f"2024-01-{day + 1:02d}" for day in TWELVE] * 2,
    "y": [1.5, -0.0, 3, 4, 5, 6e-3, 7, 8, 9, 10, 1e30, 12] * 2,
    "x": [0, 1, None, 0, 1, 1, 0, 0, 1, 0, 1, 0] * 2,
}
LONG = frame_csv(SERIES)
PLAIN_SERIES = frame_csv({"time": SERIES["time"][:12], "y": SERIES["y"][:12]}, ";")
WIDE = frame_csv({"t1": [*TWELVE], "t2": [1.5] * 12, "t3": [None, 2] * 6, "label": ["a", "b"] * 6})
STEPS = frame_csv({
    "id": [i // 2 for i in range(24)], "x": range(24), "time": [0, 1] * 12,
    "label": [i // 2 % 2 for i in range(24)], "group": [i // 4 for i in range(24)],
})  # fmt: skip
SETS = frame_csv({"t1": [*TWELVE], "t2": [*TWELVE], "label": ["a|b", "", "c"] * 4})
EVENTS = frame_csv({"piece": [1] * 12, "c4": [0, 1] * 6, "e4": [1, 1, 0] * 4})
TEXTS = frame_csv({"text": WORDS * 2, "label": ["p", "q"] * 6, "split": ["train"] * 11 + ["test"]})
LINES = frame_csv({"text": WORDS * 5})
PAIRS = frame_csv({"source": WORDS * 2, "target": WORDS[::-1] * 2}, "\t")
TOKENS = frame_csv({"sentence": [i // 2 for i in range(24)], "token": [*"ab,c"] * 6,
                    "tag": ["B-X", "I-X", "O", "O"] * 6})  # fmt: skip
UCR = "".join(f"{i % 2}\t{i}.5\t-1e3\t{'NaN' if i else 4}\n" for i in TWELVE).encode()


def jsonl(*records: Any) -> bytes:
    """Return one object a line."""
    return "".join(json.dumps(record) + "\n" for record in records).encode()


JSON_SERIES = jsonl(*({"time": t, "y": y} for t, y in zip(SERIES["time"], SERIES["y"], strict=True)
                      )).split(b"\n", 12)[:12]  # fmt: skip
JSON_LONG = b"\n".join(JSON_SERIES) + b"\n"
GLUONTS = jsonl(*(
    {"start": "2024-01-31 00:00:00", "freq": "M", "item_id": name,
     "target": [1.0, "NaN", *range(10)], "feat_dynamic_real": [[*range(12)]],
     "feat_static_cat": [1], "feat_static_real": [0.25]}
    for name in ("a", "b")
))  # fmt: skip
JSON_TAGS = jsonl(*({"tokens": ["a", "b"], "tags": ["O", "B-X"], "id": i} for i in TWELVE))
JSON_SETS = jsonl(*({"text": WORDS[i % 6], "labels": ["x", "y"][: i % 3]} for i in TWELVE))
JSON_WIDE = jsonl(*({"t1": i, "t2": 2.5, "label": "ab"[i % 2]} for i in TWELVE))

TS = ("@problemName a\n@timeStamps false\n@univariate false\n@dimensions 2\n@equalLength false\n"
      "@classLabel true a b\n@data\n"
      + "".join(f"1,2,{i}:4,?,6:{'ab'[i % 2]}\n" for i in TWELVE)).encode()  # fmt: skip
TS_NUMBERS = ("# c\n@univariate true\n@targetLabel true\n@data\n"
              + "".join(f"1,{i}:{i}.5\n" for i in TWELVE)).encode()  # fmt: skip
TSF = (b"# c\n@relation a\n@attribute series_name string\n@attribute start_timestamp date\n"
       b"@attribute state string\n@frequency half_hourly\n@horizon 3\n@missing true\n"
       b"@equallength false\n@data\n"
       b"T1:2024-01-31 00-00-00:x:1,2,?,4,5,6,7,8,9,10,11,12\n"
       b"T2:2024-02-29 12-30-00:y:1,2,3,4,5,6,7,8,9,10\n")  # fmt: skip
ARFF = ("% c\n@relation a\n@attribute 't 1' numeric\n@attribute t2 REAL\n@attribute t3 integer\n"
        "@attribute label {'a b',c}\n@data\n"
        + "".join(f"{i},{i}.5,{i}e-3,{['c', chr(39) + 'a b' + chr(39)][i % 2]}\n" for i in TWELVE)
        ).replace("11.5", "?").encode()  # fmt: skip
ARFF_NESTED = ("@relation a\n@attribute bag relational\n@attribute v1 numeric\n"
               "@attribute v2 numeric\n@end bag\n@attribute label {a,b}\n@data\n"
               + "".join(f"'1,{i}\\n2,?',{'ab'[i % 2]}\n" for i in TWELVE)).encode()  # fmt: skip

CONLL = ("-DOCSTART- -X- O\n\n" + "The DT O\ndog NN B-X\n1/2 CD I-X\n\n" * 12).encode()
CONLL_TABS = ("a b\tDT\tO\ndog\tNN\tB-X\n\n" * 12).encode()
CONLLU = ("# c\n1-2\tdel\t_\t_\t_\t_\t_\t_\t_\t_\n1\tde\tde\tADP\t_\t_\t2\tcase\t_\t_\n"
          "2\tel\tel\tDET\t_\tA=B\t0\troot\t_\t_\n2.1\te\t_\tX\t_\t_\t_\t_\t_\t_\n\n" * 12
          ).encode()  # fmt: skip
SLASHES = ("The/DT dog/NN 1/2/CD\nno/UH way/NN\n" * 6).encode()
PLAIN = ("It rains. \u00c9t\u00e9!\r\n\n\tAnd e\u0301 again\n" * 15).encode()

COCO = json.dumps({
    "images": [{"id": 1, "file_name": "a.png"}, {"id": "2", "file_name": "b/a.png"}],
    "annotations": [{"image_id": 1, "caption": "A dog."}, {"image_id": "2", "caption": "cat"},
                    {"image_id": 1, "caption": " "}],
}).encode()  # fmt: skip
KARPATHY = json.dumps({
    "images": [{"filename": "a.png", "split": "restval", "sentences": [{"raw": "A dog."}]},
               {"filepath": "b", "filename": "a.png", "split": "test",
                "sentences": [{"tokens": ["a", "cat"]}]}],
}).encode()  # fmt: skip
FLICKR = b"a.png#0\tA dog .\na.png#1\tDogs\nb/a.png#0\tA cat\n"


def npy(values: Any) -> bytes:
    """Return an array as an .npy file."""
    buffer = io.BytesIO()
    np.save(buffer, np.asarray(values), allow_pickle=False)
    return buffer.getvalue()


def npz(**arrays: Any) -> bytes:
    """Return arrays as an .npz file."""
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, **arrays)
    return buffer.getvalue()


def png(mode: str = "RGB", kind: str = "PNG", **options: Any) -> bytes:
    """Return a picture of 5 x 4 pixels."""
    channels = {"RGB": 3, "RGBA": 4, "L": 1, "P": 1, "CMYK": 4, "I;16": 1, "1": 1, "LA": 2}[mode]
    buffer = io.BytesIO()
    values = np.arange(20 * channels, dtype=np.uint16 if mode == "I;16" else np.uint8)
    shape = (4, 5, channels) if channels > 1 else (4, 5)
    values = values * (200 if mode == "I;16" else 1)
    image = Image.fromarray(values.reshape(shape).astype(values.dtype))
    if image.mode != mode:
        image = image.convert(mode) if mode in {"P", "1"} else Image.frombytes(mode, (5, 4), values)
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def pictures() -> tuple[bytes, ...]:
    """Return one picture of each format and mode."""
    exif = Image.Exif()
    exif[0x0112] = 6
    return (
        *(png(mode) for mode in ("RGB", "RGBA", "L", "P", "I;16", "1", "LA")),
        png("P", transparency=0), png("RGB", transparency=(1, 2, 3)), png("RGB", exif=exif),
        png("RGB", "JPEG", exif=exif), png("L", "JPEG"), png("CMYK", "JPEG"),
        png("RGB", "JPEG", progressive=True), png("RGB", "BMP"), png("P", "BMP"), png("1", "BMP"),
        png("RGB", "WEBP"), png("RGBA", "WEBP", lossless=True),
    )  # fmt: skip


def parquet(**columns: Any) -> bytes:
    """Return columns as a Parquet file."""
    buffer = io.BytesIO()
    pd.DataFrame(columns).to_parquet(buffer, engine="pyarrow")
    return buffer.getvalue()


def parquets() -> tuple[bytes, ...]:
    """Return tables with the types that Parquet has."""
    time = pd.to_datetime(SERIES["time"][:12])
    return (
        parquet(time=time, y=np.arange(12.0)),
        parquet(t1=pd.array([*range(12)], dtype="Int64"), t2=np.arange(12, dtype="f4"),
                t3=[True, False] * 6, c=pd.Categorical(["a", "b"] * 6)),
        parquet(text=WORDS * 2, label=["a", "b"] * 6),
        parquet(time=time.tz_localize("Europe/Berlin"), y=np.arange(12), b=[True, None] * 6),
        parquet(time=[datetime(2024, 1, i + 1, tzinfo=UTC).date() for i in TWELVE],
                y=pd.array([*range(11), None], dtype="Int64"), c=pd.Categorical(["a", "b"] * 6)),
        parquet(y=[Decimal(i) / 3 for i in TWELVE], d=[b"ab"] * 12, e=[[1, 2]] * 12,
                f=[{"a": 1}] * 12, g=pd.to_timedelta([*TWELVE], unit="h")),
    )  # fmt: skip


@cache
def tokenizer_files() -> tuple[bytes, ...]:
    """Return a tokenizer.json of each model."""
    from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers

    words = {"[UNK]": 0, "a": 1, "day": 2, "##y": 3, "good": 4}
    made = [Tokenizer(models.WordLevel(words, unk_token="[UNK]"))]  # noqa: S106 - no password
    made[0].pre_tokenizer = pre_tokenizers.Whitespace()
    made[0].normalizer = normalizers.Sequence([normalizers.NFD(), normalizers.Lowercase()])
    made.append(Tokenizer(models.BPE({"a": 0, "b": 1, "ab": 2, "d": 3}, [("a", "b")])))
    made[1].pre_tokenizer = pre_tokenizers.ByteLevel()
    made[1].decoder = decoders.ByteLevel()
    made.append(Tokenizer(models.WordPiece(words, unk_token="[UNK]")))  # noqa: S106
    made[2].pre_tokenizer = pre_tokenizers.Split(r"\s+", "removed")
    made.append(Tokenizer(models.Unigram([("<unk>", 0.0), ("a", -1.0), ("day", -2.5)], 0, True)))
    made[3].pre_tokenizer = pre_tokenizers.Metaspace()
    return tuple(one.to_str().encode() for one in made)


@cache
def network(kind: str) -> dict[str, bytes]:
    """Return the two files of a small network: of numbers, or of words."""
    import torch

    from actselect.architecture import Architecture, LayerSpec
    from actselect.artifact import Artifact, save_artifact
    from actselect.encoders import Encoder, Numbers, Symbols, encoder_facts
    from actselect.model import RecurrentModel

    layer = LayerSpec(activation="tanh", recurrent_activation="sigmoid")
    encoder: Encoder = Numbers(width=2) if kind == "numbers" else Symbols(size=6, width=3)
    architecture = Architecture(cell="gru", layers=(layer, layer), hidden_size=3)
    model = RecurrentModel(
        architecture, encoder=encoder, output_size=2,
        generator=torch.Generator().manual_seed(1),
    )  # fmt: skip
    numbers = kind == "numbers"
    facts = {"task": "classification" if numbers else "text-classification",
             "facts": {"classes": ["a", "b"], "several": False},
             "encoder": encoder_facts(encoder), "every": False,
             "features": ["x", "y"] if numbers else ["text"], "target": "label"}  # fmt: skip
    scaling = {"known": np.array(["a", "b"])}
    if numbers:
        scaling = {"mean": np.ones((1, 2)), "scale": np.ones((1, 2)), "weights": np.ones(2)}
    with tempfile.TemporaryDirectory() as place:
        save_artifact(
            Artifact(architecture=architecture, model=model, scaling=scaling, facts=facts),
            Path(place),
        )
        return {file.name: file.read_bytes() for file in Path(place).iterdir()}


@cache
def journal() -> bytes:
    """Return a journal.jsonl."""
    from actselect.journal import Journal

    with tempfile.TemporaryDirectory() as place:
        made = Journal(Path(place) / "journal.jsonl")
        made.put("preflight", {"a": 1})
        made.put("t/1", {"loss": [0.5, None]})
        return made.path.read_bytes()


@cache
def settings() -> bytes:
    """Return a study.json."""
    from actselect.request import Request

    request = Request(source="data.csv", task="classification", target="label", cells=("gru",))
    found = {"settings_version": 1, "request": request.to_dict(), "name": "data",
             "sha256": "0" * 64, "command": "actselect recommend data.csv", "id": "a"}  # fmt: skip
    return json.dumps(found).encode()


def reports() -> tuple[bytes, ...]:
    """Return a report.json."""
    return ((GOLDEN / "report-v1.json").read_bytes(),)


@cache
def saved() -> bytes:
    """Return a data.npz of a study whose data came from memory."""
    from actselect.data import load
    from actselect.data.saved import save_dataset

    with tempfile.TemporaryDirectory() as place:
        dataset = load(list(WORDS) * 2, y=["p", "q"] * 6, task="text-classification")
        save_dataset(dataset, Path(place) / "data.npz")
        return (Path(place) / "data.npz").read_bytes()
