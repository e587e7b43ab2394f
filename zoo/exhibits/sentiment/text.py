"""A tweet as the network reads it: words, each with its marks, cut into sub-words.

What people do to words on Twitter carries feeling, so it is told apart from the words: shouting, elongation, repeated
punctuation, emoticons and hashtags become marks of their own. Names and links are masked, since they carry none.
"""

import html
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from tokenizers import Tokenizer

MAX_SUBWORDS = 128  # what comes later is not read; the longest tweet has about 80
MARKS = (
    *("<user>", "<url>", "<hashtag>", "<number>", "<caps>", "<long>", "<repeat>"),
    *("<smile>", "<laugh>", "<frown>", "<wink>", "<heart>", "<tongue>", "<doubt>"),
)
URL = re.compile(r"(https?://|www\.)\S+|\b\w+\.(com|ly|co|net|org)/\S*", re.IGNORECASE)
USER = re.compile(r"@\w+")
HASHTAG = re.compile(r"#(\w+)")
CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Za-z])(?=\d)|_+")
NUMBER = re.compile(r"\b\d+([.,:]\d+)*\b")
SHOUTED = re.compile(r"\b[A-Z]{3,}\b")
ELONGATED = re.compile(r"\b(\w*?([a-zA-Z])\2{2}\w*)\b")
TRIPLE = re.compile(r"([a-zA-Z])\1{2,}")
REPEATED = re.compile(r"([!?.,*-])(?:\s*\1)+")
EYES = r"[:=;8xX]"
EMOTICONS = (
    (re.compile(r"<3+"), "<heart>"),
    (re.compile(r"(?<!\w);[-o']?[)D\]]"), "<wink>"),
    (re.compile(r"(?<!\w)[:=8xX][-o']?D+\b"), "<laugh>"),
    (re.compile(r"(?<!\w)[:=8][-o']?[)\]}]+|\([-o']?[:=]|(?<!\w)\^_*\^"), "<smile>"),
    (re.compile(r"(?<!\w)[:=8]['-]*[(\[{]+|(?<!\w)\)[-o']?:|(?<!\w)[TD]_+[TD:]"), "<frown>"),
    (re.compile(r"(?<!\w)[:=][-o']?[pPb]\b"), "<tongue>"),
    (re.compile(r"(?<!\w)[:=][-o']?[/\\|]+(?!/)"), "<doubt>"),
)
INVISIBLE = re.compile("[\u200b-\u200f\u2060-\u2064\ufe00-\ufe0f\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f]")


def clean(text: str) -> str:
    """Entities resolved; what is no character (lone surrogates, nulls, controls) as a space; at most 100,000 long."""
    text = html.unescape(text[:100_000]).encode("utf-8", "replace").decode()
    text = INVISIBLE.sub("", text).replace("\u2019", "'")
    return "".join(" " if unicodedata.category(char) in ("Cc", "Cs", "Co", "Cn") else char for char in text)


def marked(word: str) -> str:
    """One word of a tweet, which holds no space, as marks and lower-case parts with spaces between.

    >>> marked("#SoHAPPY!!!"), marked("loooove"), marked(":-)"), marked("@someone")
    ('<hashtag> so <caps> happy ! <repeat>', '<long> loove', '<smile>', '<user>')
    """
    word = URL.sub(" <url> ", word)
    word = USER.sub(" <user> ", word)
    for pattern, mark in EMOTICONS:
        word = pattern.sub(f" {mark} ", word)
    word = HASHTAG.sub(lambda match: " <hashtag> " + CAMEL.sub(" ", match[1]) + " ", word)
    word = NUMBER.sub(" <number> ", word)
    word = SHOUTED.sub(lambda match: f" <caps> {match[0].lower()} ", word)
    word = ELONGATED.sub(lambda match: " <long> " + TRIPLE.sub(r"\1\1", match[1]) + " ", word)
    word = REPEATED.sub(r" \1 <repeat> ", word)
    spaced = "".join(f" {char} " if unicodedata.category(char) in ("So", "Sk") else char for char in word)
    return " ".join(part if part in MARKS else part.lower() for part in spaced.split())


@dataclass(frozen=True)
class Tokens:
    """``ids`` of a tweet's sub-words and, for each, the place of its word in ``words``; -1 where it has none."""

    ids: tuple[int, ...]
    places: tuple[int, ...]
    words: tuple[str, ...]


def unknown_of(tokenizer: Tokenizer) -> int:
    """The number of the sub-word that stands for what has none."""
    number = tokenizer.token_to_id("[UNK]")
    assert number is not None  # every vocabulary of ours has it
    return number


def tokenise(texts: Sequence[str], tokenizer: Tokenizer) -> list[Tokens]:
    """Sub-words of each text, at most 128; a text without any has the tokenizer's unknown one.

    Call it where nobody else uses the tokenizer: tokenizers are not safe to share between threads.
    """
    words = [clean(text).split() for text in texts]
    parts = [[(part, place) for place, word in enumerate(row) for part in marked(word).split()] for row in words]
    encodings = tokenizer.encode_batch([[part for part, _ in row] for row in parts], is_pretokenized=True)
    unknown = unknown_of(tokenizer)
    result = []
    for row, own, encoding in zip(parts, words, encodings, strict=True):
        ids = encoding.ids[:MAX_SUBWORDS] or [unknown]
        # No sub-word is without a word: nothing is added at the ends.
        places = [row[index or 0][1] for index in encoding.word_ids[:MAX_SUBWORDS]] or [0]
        result.append(Tokens(tuple(ids), tuple(places), tuple(own)))
    return result
