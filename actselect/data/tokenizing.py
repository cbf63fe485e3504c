"""From a text to its tokens, and back: words, characters, or what a tokenizer.json says."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal, final
from unicodedata import category

import numpy as np

from actselect.data.table import reason
from actselect.data.tokens import Tokens
from actselect.exceptions import DataError, MissingExtraError, UsageError

if TYPE_CHECKING:  # an optional package
    from tokenizers import Tokenizer as FileTokenizer

_MARKS = "".join(c for c in map(chr, range(0x300, 0x10000)) if category(c) in ("Mn", "Mc"))
_LETTER = rf"[\w{_MARKS}]"  # with accents and vowel signs that are characters of their own
WORD = re.compile(rf"{_LETTER}+(?:['\u2019]{_LETTER}+)*|[^\w\s]")
"""A run of letters and digits, with apostrophes inside, or a single sign.  Nothing is tried twice,
so the time grows with the text alone."""

_CLOSING = frozenset(".,:;!?%)]}\u2026\u201d\u2019\xbb")  # no space before these
_OPENING = frozenset("([{\u201c\u2018\xab")  # nor after these
_JOINING = frozenset("-/")
_QUOTE = '"'
_BATCH = 1024  # texts handed to a tokenizer.json at once; more cost memory and gain no time


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Tokenizer:
    """How texts are split.

    Args:
        kind: ``"words"``, ``"characters"``, or ``"file"``.
        path: the tokenizer.json of kind ``"file"``.
        lower: words are lower-cased first.
        signs: words include signs, such as full stops.
        spaced: words are what stands between spaces, as given.
    """

    kind: Literal["words", "characters", "file"]
    path: Path | None = None
    lower: bool = False
    signs: bool = True
    spaced: bool = False

    def split(self, text: str) -> list[str]:
        """Return the tokens of a text.

        >>> Tokenizer(kind="words").split("Don't stop, 2 go!")
        ["Don't", 'stop', ',', '2', 'go', '!']
        """
        if self.kind == "characters":
            return list(text)
        if self.path is not None:
            return _encoded(self.path, [text])[0]
        text = text.lower() if self.lower else text
        if self.spaced:
            return text.split()
        found = WORD.findall(text)
        return found if self.signs else [word for word in found if _is_word(word)]

    def encode(self, texts: Sequence[str]) -> Tokens:
        """Return the tokens of many texts.

        >>> Tokenizer(kind="characters").encode(["ab", "b"]).codes.tolist()
        [0, 1, 1]
        """
        if self.kind == "characters":
            return _characters(texts)
        if self.path is None:
            return Tokens.of(map(self.split, texts))
        pieces = (texts[i : i + _BATCH] for i in range(0, len(texts), _BATCH))
        return Tokens.of(one for piece in pieces for one in _encoded(self.path, list(piece)))

    def join(self, tokens: Sequence[str]) -> str:
        """Return the text that tokens stand for; spaces between words are set by rule.

        >>> Tokenizer(kind="words").join(["a", "well", "-", "known", "(", "old", ")", "dog", "."])
        'a well-known (old) dog.'
        """
        if self.kind == "characters":
            return "".join(tokens)
        if self.path is not None:
            return _decoded(self.path, tokens)
        return " ".join(tokens) if self.spaced else _with_spaces(tokens)

    def describe(self) -> str:
        """Say what a token is, as a phrase for notes and reports.

        >>> Tokenizer(kind="words", lower=True).describe()
        'words and signs, in lower case'
        """
        if self.kind == "characters":
            return "characters"
        if self.path is not None:
            return f"tokens of {self.path.name}"
        words = "words between spaces" if self.spaced else "words and signs"
        words = words if self.signs else "words without signs"
        return f"{words}, in lower case" if self.lower else words


DEFAULTS: dict[str, Tokenizer] = {
    "text-classification": Tokenizer(kind="words", lower=True),
    "language-modeling": Tokenizer(kind="characters"),
    "captioning": Tokenizer(kind="words", lower=True, signs=False),
    "sequence-to-sequence": Tokenizer(kind="words", spaced=True),
}
"""What a text is split into where nobody says; tags are given for tokens, so tagging has none."""

WORDS: dict[str, Tokenizer] = {**DEFAULTS, "language-modeling": Tokenizer(kind="words")}
"""What ``"words"`` means in each task."""


def tokenizer_for(asked: str | Path | None, task: str) -> Tokenizer | None:
    """Return the tokenizer of a task; None where it has none.

    Args:
        asked: ``"words"``, ``"characters"``, or the path of a tokenizer.json; None for the default.
        task: name of the task.

    Raises:
        UsageError: the task has no choice of tokens, or there is no such file.
        DataError: the file is no tokenizer.
        MissingExtraError: it needs a package that is not installed.
    """
    if asked is None:
        return DEFAULTS.get(task)
    if task not in DEFAULTS:
        raise UsageError(
            f"The 'tokenizer' parameter of load is for {', '.join(DEFAULTS)}. "
            f"Leave it out for {task}."
        )
    if asked == "words":
        return WORDS[task]
    if asked == "characters":
        return Tokenizer(kind="characters")
    path = Path(asked).expanduser()
    if not path.is_file():
        raise UsageError(
            "The 'tokenizer' parameter of load must be 'words', 'characters', or the path of a "
            f"tokenizer.json. Got {str(asked)!r}."
        )
    _opened(path)
    return Tokenizer(kind="file", path=path.absolute())


def _encoded(path: Path, texts: list[str]) -> list[list[str]]:
    """Return the tokens of texts; a file may be read and then fail at the first text."""
    opened = _opened(path)
    try:
        return [one.tokens for one in opened.encode_batch(texts, add_special_tokens=False)]
    except BaseException as error:
        raise _unusable(path, error) from error


def _decoded(path: Path, tokens: Sequence[str]) -> str:
    decoder = _opened(path).decoder
    if decoder is None:
        return " ".join(tokens)
    try:
        return str(decoder.decode(list(tokens)))
    except BaseException as error:
        raise _unusable(path, error) from error


def _opened(path: Path) -> FileTokenizer:
    return _read(str(path.absolute()), path.stat().st_mtime_ns)


@lru_cache(maxsize=4)
def _read(path: str, _: int) -> FileTokenizer:
    """Return the tokenizer of a file, read once as long as the file stays as it is."""
    try:
        from tokenizers import Tokenizer as Loaded
    except ImportError as error:
        raise MissingExtraError("Reading a tokenizer.json", "tokenizers") from error
    try:
        return Loaded.from_file(path)
    except BaseException as error:
        raise _unusable(Path(path), error) from error


def _unusable(path: Path, error: BaseException) -> BaseException:
    """Return what to raise for what the library raised: it has no special errors, and panics."""
    if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
        return error
    return DataError(
        wanted="a tokenizer as the tokenizers package saves it",
        got=reason(error),
        where=path.name,
        todo="Write it with tokenizer.save('tokenizer.json').",
    )


def _is_word(token: str) -> bool:
    return token[0].isalnum() or token[0] == "_"


def _characters(texts: Sequence[str]) -> Tokens:
    """Return texts as their characters, without a Python object for each."""
    points = np.frombuffer("".join(texts).encode("utf-32-le", "surrogatepass"), dtype="<u4")
    found = np.flatnonzero(np.bincount(points)) if len(points) else np.empty(0, dtype=np.int64)
    number = np.zeros(int(found[-1]) + 1 if len(found) else 0, dtype=lexicon_type(len(found)))
    number[found] = np.arange(len(found))
    return Tokens(
        codes=number[points],
        lengths=np.array([len(text) for text in texts], dtype=np.int64),
        lexicon=tuple(map(chr, found.tolist())),
    )


def lexicon_type(size: int) -> np.dtype[np.unsignedinteger]:
    """Return the smallest type that codes of so many tokens fit into.

    >>> lexicon_type(256), lexicon_type(257)
    (dtype('uint8'), dtype('uint16'))
    """
    return np.min_scalar_type(max(1, size - 1))


def _with_spaces(tokens: Sequence[str]) -> str:
    """Return words with a space between them, but none before a full stop or inside brackets."""
    parts: list[str] = []
    glued, quoted = True, False
    for word in tokens:
        opens = word in _OPENING or (word == _QUOTE and not quoted)
        closes = word in _CLOSING or (word == _QUOTE and quoted)
        quoted ^= word == _QUOTE
        if not (glued or closes or word in _JOINING):
            parts.append(" ")
        parts.append(word)
        glued = opens or word in _JOINING
    return "".join(parts)
