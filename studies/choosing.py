"""``python -m studies.choosing``: docs/choosing.md, from the guide's data and our results."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from actselect import guide
from actselect.files import write_atomically
from actselect.guide import Claim, Finding
from studies.guide_cases.cases import CASES
from studies.markdown import table

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "choosing.md"
CLAIMS = ROOT / "studies" / "guide_claims" / "results" / "verdicts.json"
CASES_FOLDER = ROOT / "studies" / "guide_cases" / "results"
LINKS = {"doi:": "https://doi.org/", "arXiv:": "https://arxiv.org/abs/"}
TITLES = {
    "gradient-stability": "Do stable gradients ask for ReLU?",
    "enough-nonlinearity": "Are sigmoid and tanh too little nonlinear?",
    "cost": "Do activations differ in cost?",
    "verify": "Is an experiment needed?",
    "time-series-tanh": "Long series: tanh?",
    "long-dependencies-gated": "Long dependencies: gates?",
    "deep-relu": "Several layers: ReLU?",
    "deep-mix": "Several layers: mixed activations?",
    "nlp-lstm": "Text: an LSTM with tanh?",
    "forecasting-relu": "Forecasting: ReLU?",
    "captioning-gru": "Captions: a GRU of two layers?",
    "matters": "Does the choice matter?",
}
CHAPTERS = (
    ("The four principles", ("gradient-stability", "enough-nonlinearity", "cost", "verify"), ""),
    ("By situation",
     ("time-series-tanh", "long-dependencies-gated", "deep-relu", "deep-mix"), ""),
    ("Text", ("nlp-lstm",), "5.1"),
    ("Forecasts and other series", ("forecasting-relu",), "5.2"),
    ("Captions", ("captioning-gru",), "5.3"),
    ("How much it matters", ("matters",), ""),
)  # fmt: skip
HEAD = """\
# Choosing cell, activations and depth

*Made by `python -m studies.choosing` from the guide's data (`actselect/guide_data`) and the results
of [studies/guide_claims](../studies/guide_claims/README.md) and
[studies/guide_cases](../studies/guide_cases/README.md); not written by hand.
`actselect guide --task TASK` says the part that concerns your task.*

This is the guide "Choosing activation functions in RNNs" again, each of its twelve claims beside
what came of it when we tried. A claim is **supported** or **contradicted** when our own runs show
it by a rule that was fixed before (for the speed of convergence: afterwards), and **undecided**
when they do not, which is not the same as false. All networks of a comparison have equally many
weights and a learning rate of their own, and meet on the same splits. What the literature adds is
marked strong, moderate or weak by how much was run.

If you read one line: start with the default LSTM, GRU and tanh RNN, have a trivial baseline beside
them, and let an experiment on your own data decide: `actselect recommend DATA --task TASK`.
"""


def main(page: Path = PAGE) -> None:
    """Write the page."""
    write_atomically(page, text())


def text() -> str:
    """Return the page as Markdown."""
    verdicts = json.loads(CLAIMS.read_text(encoding="utf8"))
    known = {claim.id: claim for claim in guide.claims()}
    parts = [HEAD, _summary(known, verdicts)]
    for title, ids, section in CHAPTERS:
        parts.append(f"## {title}")
        parts += [_claim(known[name], verdicts[name]) for name in ids]
        parts += _cases(section)
    parts += ["## Where the guide contradicts itself", *(_tension(t) for t in guide.tensions())]
    parts += ["## Sources", _sources()]
    return "\n\n".join(part.strip("\n") for part in parts) + "\n"


def _summary(known: Mapping[str, Claim], verdicts: Mapping[str, Any]) -> str:
    rows = [
        (f"[{TITLES[name]}](#{_anchor(TITLES[name])})", claim.section, verdicts[name]["verdict"])
        for name, claim in known.items()
    ]
    return table(("Question", "Guide", "Our runs"), rows)


def _anchor(title: str) -> str:
    """Return the name that GitHub gives a heading.

    >>> _anchor("Several layers: ReLU?")
    'several-layers-relu'
    """
    kept = "".join(c for c in title.lower() if c.isalnum() or c in " -")
    return kept.replace(" ", "-")


def _claim(claim: Claim, verdict: Mapping[str, Any]) -> str:
    lines = [
        f"### {TITLES[claim.id]}",
        f"> {claim.claim} (Guide, section {claim.section})",
        f"**{verdict['verdict'].capitalize()}** by our runs. {_sides(verdict['sides'])}",
        "\n".join(f"- {number}." for number in map(_ended, verdict["numbers"])),
    ]
    literature = [_finding(f, claim.id) for f in guide.findings() if claim.id in _about(f)]
    if literature:
        lines += ["The literature:", "\n".join(literature)]
    return "\n\n".join(lines)


def _ended(sentence: str) -> str:
    return sentence.rstrip(".")


def _sides(sides: Mapping[str, str]) -> str:
    words = {
        "for": "For it", "against": "Against it", "equal": "Equal", "open": "Not decided",
    }  # fmt: skip
    groups = {stand: [n for n, own in sides.items() if own == stand] for stand in words}
    return " ".join(f"{words[s]}: {', '.join(names)}." for s, names in groups.items() if names)


def _about(finding: Finding) -> tuple[str, ...]:
    return (*finding.supports, *finding.contradicts)


def _finding(finding: Finding, claim: str) -> str:
    way = "for" if claim in finding.supports else "against"
    return (
        f"- {finding.finding} ({way} the claim; {finding.strength}: {finding.evidence}; "
        f"[{finding.authors.split(',')[0].split(' and ')[0]} {finding.year}](#sources))"
    )


def _cases(section: str) -> Iterator[str]:
    """Yield the table of whole studies on data of this section of the guide."""
    rows = []
    for case in CASES:
        path = CASES_FOLDER / f"{case.name}.json"
        if case.section != section or not path.exists():
            continue
        found = json.loads(path.read_text(encoding="utf8"))
        rows.append(
            (
                case.name,
                found["verdict"],
                f"{found['best']} {found['test']:.4g}",
                f"{found['baseline_label']} {found['baseline']:.4g}",
                f"{found['metric']}, {'lower' if found['direction'] == 'minimize' else 'higher'}",
            )
        )
    if rows:
        yield "Whole studies on such data, test scores:"
        yield table(("Data", "Verdict", "Best network", "Best baseline", "Better is"), rows)


def _tension(tension: guide.Tension) -> str:
    return tension.told()


def _sources() -> str:
    return "\n".join(f"- {_linked(finding)}" for finding in guide.findings())


def _linked(finding: Finding) -> str:
    line = finding.source
    for prefix, address in LINKS.items():
        if finding.identifier.startswith(prefix):
            target = address + finding.identifier.removeprefix(prefix)
            line = line.replace(finding.identifier, f"[{finding.identifier}]({target})")
    return line


if __name__ == "__main__":
    main()
