"""Which data, which question, and the bar that was set before the run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from studies.guide_cases import prepare
from studies.guide_cases.prepare import Prepare


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One study.

    Args:
        name: of the case and of its result.
        section: of the guide: 5.1 text, 5.2 forecasting and other series, 5.3 captioning.
        task: what to predict.
        folder: of the published files, below the folder of all data; empty for a built-in set.
        prepare: makes the file that is given to actselect; None for a built-in set.
        options: of ``actselect.recommend``.
        budget: wall time.
        bar: (metric, direction, value) of the test score of the recommended network, or None.
    """

    name: str
    section: str
    task: str
    folder: str = ""
    prepare: Prepare | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    budget: str = "4m"
    bar: tuple[str, str, float] | None = None


CASES: Final = (
    Case(name="qc", section="5.1", task="text-classification", folder="text_classification/qc",
         prepare=prepare.question_classification, budget="5m", bar=("accuracy", ">=", 0.84)),
    Case(name="sentence_polarity", section="5.1", task="text-classification",
         folder="text_classification/sentence_polarity", prepare=prepare.sentence_polarity),
    Case(name="snips-intents", section="5.1", task="text-classification", budget="5m",
         bar=("accuracy", ">=", 0.97)),
    Case(name="snips-slots", section="5.1", task="tagging"),
    Case(name="wnut17", section="5.1", task="tagging", folder="tagging/WNUT17",
         prepare=prepare.wnut17),
    Case(name="oanc_pos", section="5.1", task="tagging", folder="tagging/oanc_pos",
         prepare=prepare.as_it_is("tagged-en-oanc.txt"), budget="6m",
         bar=("token_accuracy", ">=", 0.90)),
    Case(name="moby-dick", section="5.1", task="language-modeling", budget="10m",
         bar=("bits_per_character", "<", 2.25)),
    Case(name="shakespeare", section="5.1", task="language-modeling",
         folder="language_modelling/shakespeare", prepare=prepare.shakespeare),
    Case(name="jsb_chorales", section="5.2", task="event-forecasting",
         folder="music_speech/jsb_chorales", prepare=prepare.jsb_chorales,
         options={"series": "chorale"}, budget="5m", bar=("nats_per_step", "<=", 8.9)),
    Case(name="fsdd_mfcc", section="5.2", task="classification", folder="music_speech/fsdd_mfcc",
         prepare=prepare.as_it_is("digits.npz"), budget="5m", bar=("accuracy", ">=", 0.95)),
    Case(name="acsf1", section="5.2", task="classification", folder="ts_classification/ACSF1",
         prepare=prepare.as_it_is("ACSF1_TRAIN.ts"), options={"test_data": "ACSF1_TEST.ts"}),
    Case(name="scenes", section="5.3", task="captioning", budget="5m", bar=("bleu_4", ">=", 0.9)),
    Case(name="emoji_twemoji", section="5.3", task="captioning",
         folder="captioning/emoji_twemoji", prepare=prepare.emoji, options={"group": "base"}),
)  # fmt: skip
