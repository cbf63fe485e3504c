"""What our own runs came to, as the package quotes it: never stale, and told beside each claim."""
# ruff: noqa: RUF001 - Chinese has a colon and brackets of its own

from __future__ import annotations

import json
from collections import Counter

import pytest
from click.testing import CliRunner

from actselect import guide
from actselect.cli import cli
from studies.guide_claims import runs
from studies.guide_claims.__main__ import RESULTS

VERDICTS = json.loads((RESULTS / "verdicts.json").read_text(encoding="utf8"))
VERDICT = {
    "en": {"supported": "supported", "contradicted": "contradicted", "undecided": "undecided"},
    "zh": {"supported": "支持", "contradicted": "否定", "undecided": "尚无定论"},
}
STANDS = {
    "en": {"for": "for", "against": "against", "equal": "about equal", "open": "cannot tell"},
    "zh": {"for": "支持", "against": "反对", "equal": "大致相同", "open": "无法判断"},
}
BETWEEN = {"en": ", ", "zh": "、"}
COUNTED = {"en": "{} data sets: {}", "zh": "{} 个数据集：{}"}
ACROSS = {"en": "by comparing {} data sets", "zh": "由 {} 个数据集之间的比较得出"}
WHOLE = {
    "en": "Our runs: {} ({}).",
    "zh": "我们的实验：{}（{}）。",
}


def _sentence(claim: str, language: str) -> str:
    """Return what should be said of a claim, counted from the results of the study."""
    found, words = VERDICTS[claim], STANDS[language]
    counts = Counter(found["sides"].values())
    parts = [f"{counts[stand]} {word}" for stand, word in words.items() if counts[stand]]
    way = ACROSS if claim == "verify" else COUNTED
    why = way[language].format(len(found["sides"]), BETWEEN[language].join(parts))
    return WHOLE[language].format(VERDICT[language][found["verdict"]], why)


def test_the_package_quotes_the_verdicts_of_the_study() -> None:
    """Whoever changes a result writes the file anew: python -m studies.guide_claims."""
    assert runs.RUNS.read_text(encoding="utf8") == runs.text(VERDICTS)
    assert all(guide.our_runs(claim.id) is not None for claim in guide.claims())


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("case", [[], ["--task", "forecasting"], ["--task", "captioning", "--all"]])
def test_our_runs_are_told_right_after_the_claim(case: list[str], language: str) -> None:
    """Verdict and number of data sets, those of the study's results."""
    done = CliRunner().invoke(cli, ["guide", *case, "--language", language])
    said = "".join(done.output.split())
    told = guide.claims() if not case else guide.advice(case[1]).claims

    assert done.exit_code == 0
    for claim in told:
        both = claim.text(language) + _sentence(claim.id, language)
        assert "".join(both.split()) in said


def test_the_short_answer_says_how_the_principles_stand() -> None:
    """Sections with one verdict together, the supported ones first."""
    said = CliRunner().invoke(cli, ["guide", "--task", "captioning"]).output
    principles = [c for c in guide.claims() if c.principle]
    stands = {
        verdict: [c.section for c in principles if VERDICTS[c.id]["verdict"] == verdict]
        for verdict in VERDICT["en"]
    }
    expected = "; ".join(f"{', '.join(s)} {verdict}" for verdict, s in stands.items() if s)

    assert f"(actselect guide): {expected}." in " ".join(said.split())


def test_data_sets_are_counted_whatever_they_say() -> None:
    """A claim of which nothing was run has no runs."""
    one = guide.OurRuns(
        claim="cost", verdict="contradicted", against=("a",), equal=("b", "c"), open=("d",)
    )

    assert one.data_sets == 4
    assert one.told() == (
        "Our runs: contradicted (4 data sets: 1 against, 2 about equal, 1 cannot tell)."
    )
    assert guide.our_runs("no such claim") is None
