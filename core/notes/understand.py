"""What a note says: its descriptors, which of them are negated, and what was not understood; or why it cannot be assessed.

Negation follows the idea of NegEx (Chapman et al. 2001, J Biomed Inform 34(5)): a trigger word negates the terms
that follow it in its clause, a few triggers those before it.
"""

import re
import tomllib
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import pairwise
from pathlib import Path

from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

from core.errors import SecondReaderError
from core.notes.lexicon import NUMBERS, TERMS

MAX_CHARACTERS = 5000
CLOSE = 0.82  # how like a word of the lexicon a misspelt one must be (difflib's ratio)
REACH = 7  # words that a negation reaches
BEFORE = ("no", "not", "without", "absence", "negative", "neither", "nor", "denies", "lacks", "lacking")
AFTER = ("absent", "excluded", "unlikely", "unseen")
STOP = ("but", "however", "although", "with", "shows", "there")
_LISTS = tomllib.loads((Path(__file__).with_name("words.toml")).read_text("utf-8"))
BREAST, FINDING, OTHER_PARTS, FOREIGN, _COMMON = (
    frozenset(_LISTS[name].split()) for name in ("breast", "finding", "other_parts", "foreign", "common")
)
WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?|\d+|[.,;:!?\n]")
_NUMBER = {
    "density": re.compile(r"(?:breast\s+)?density\s*(?:category|type|grade)?\s*[:=]?\s*([1-4a-d])\b", re.IGNORECASE),
    "subtlety": re.compile(r"subtlety\s*[:=]?\s*([1-5])\b", re.IGNORECASE),
    "assessment": re.compile(r"(?:bi-?\s?rads|assessment)\s*(?:category)?\s*[:=]?\s*([0-6])", re.IGNORECASE),
}
_PHRASES = sorted(((tuple(w.split()), t.key) for t in TERMS for w in t.words), key=lambda x: -len(x[0]))
_LEXICON = sorted({w for phrase, _ in _PHRASES for w in phrase} | BREAST | FINDING)


class NoteError(SecondReaderError):
    """A note that cannot be assessed."""


@dataclass(frozen=True)
class Mention:
    """A descriptor found in a note: its key, where it stands (first and one past the last character), and whether it is negated."""

    key: str
    start: int
    end: int
    negated: bool


@dataclass(frozen=True)
class Understood:
    """What a note says.

    Attributes
    ----------
    mentions : tuple of Mention
        In the order of the text.
    numbers : dict of str to int
        density 1 to 4, subtlety 1 to 5, assessment 0 to 6, where the note gives them.
    unknown : tuple of str
        Words that are neither English function words nor of the lexicon.
    corrected : tuple of (str, str)
        Misspelt words and what they were taken for.
    """

    text: str
    mentions: tuple[Mention, ...]
    numbers: dict[str, int]
    unknown: tuple[str, ...]
    corrected: tuple[tuple[str, str], ...]

    @property
    def keys(self) -> tuple[str, ...]:
        """Descriptors that the note affirms, each once."""
        return tuple(dict.fromkeys(m.key for m in self.mentions if not m.negated))


@dataclass(frozen=True)
class _Token:
    word: str
    start: int
    end: int


def understand(text: str) -> Understood:
    """Read a note.

    Raises
    ------
    NoteError
        If it is empty or too long, in another language than English, about another part of the body, or names no descriptor.
    """
    text = text.strip()
    if not text:
        raise NoteError("Cannot assess: the note is empty.", "Write what was seen, e.g. “Irregular mass with spiculated margin.”")
    if len(text) > MAX_CHARACTERS:
        raise NoteError(
            f"Cannot assess: the note has {len(text)} characters, {MAX_CHARACTERS} are the most.", "Shorten it to the findings."
        )
    plain = text.replace("-", " ").replace("_", " ")  # same length, so places stay true
    tokens, corrected, unknown = [], [], []
    for m in WORD.finditer(plain):
        word = m[0].lower()
        meant = _meant(word)
        if meant is None and word.isalpha():
            unknown.append(word)
        elif meant and meant != word:
            corrected.append((word, meant))
        tokens.append(_Token(meant or word, m.start(), m.end()))
    _refuse(tokens, {m[0].lower() for m in WORD.finditer(plain)})
    numbers = {name: _value(found[1]) for name, pattern in _NUMBER.items() if (found := pattern.search(text))}
    numbers = {name: v for name, v in numbers.items() if NUMBERS[name][0] <= v <= NUMBERS[name][1]}
    mentions = _mentions(tokens)
    if not mentions:
        raise NoteError(
            "Cannot assess: no descriptor was understood.", "Name shape and margin of a mass, or type and distribution of calcifications."
        )
    return Understood(text, mentions, numbers, tuple(dict.fromkeys(unknown)), tuple(dict.fromkeys(corrected)))


def _value(text: str) -> int:
    return int(text) if text.isdigit() else "abcd".index(text.lower()) + 1


def _known(word: str) -> bool:
    return word in _LEXICON or word in _COMMON or word in ENGLISH_STOP_WORDS or word in (*BEFORE, *AFTER, *STOP) or word in OTHER_PARTS


def _meant(word: str) -> str | None:
    """The word itself where it is known, the lexicon's word that it is a misspelling of, or None."""
    if _known(word) or not word.isalpha():
        return word
    close = get_close_matches(word, _LEXICON, 1, CLOSE) if len(word) >= 5 else []
    return close[0] if close else None


def _refuse(tokens: list[_Token], written: set[str]) -> None:
    words = {t.word for t in tokens}
    if len(written & FOREIGN) > len(written & set(ENGLISH_STOP_WORDS)):
        raise NoteError("Cannot assess: the note is not in English.", "Translate it; the table behind this model is English.")
    if words & OTHER_PARTS and not words & BREAST:
        raise NoteError("Cannot assess: the note speaks of another part of the body.", "Only notes about the breast can be scored.")


def _mentions(tokens: list[_Token]) -> tuple[Mention, ...]:
    words = [t.word for t in tokens]
    out, i = [], 0
    while i < len(tokens):
        for phrase, key in _PHRASES:
            if tuple(words[i : i + len(phrase)]) == phrase:
                last = tokens[i + len(phrase) - 1]
                out.append(Mention(key, tokens[i].start, last.end, _negated(words, i, i + len(phrase))))
                i += len(phrase)
                break
        else:
            i += 1
    return tuple(out)


def _negated(words: list[str], start: int, end: int) -> bool:
    """True where a trigger before the term, or right after it, reaches it within its clause."""
    for back in range(1, REACH + 1):
        if start - back < 0 or words[start - back] in (".", ";", ":", "!", "?", "\n"):
            break
        word = words[start - back]
        if word == "," and not {"or", "nor"} & set(words[start - back : end + 4]):
            break
        if word in STOP and word != "there":
            break
        if word in BEFORE:
            return True
    after = words[end : end + 5]
    clause = after[: next((n for n, w in enumerate(after) if w in (".", ";", ",", "\n", *STOP)), len(after))]
    denied = any(a == "not" and b in ("seen", "present", "identified", "noted") for a, b in pairwise(clause))
    return denied or bool(set(clause) & set(AFTER))
