"""Tokenization of tweets: words, whose features become special tokens, split into WordPiece tokens.

Upper case, elongation, repeated punctuation, emoticons and hashtags carry sentiment, so each becomes a special token.
User names and links carry none and are masked.
"""

import html
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from tokenizers import Encoding, Tokenizer

SPECIAL_TOKENS = (
    *("<user>", "<url>", "<hashtag>", "<number>", "<caps>", "<long>", "<repeat>"),
    *("<smile>", "<laugh>", "<frown>", "<wink>", "<heart>", "<tongue>", "<doubt>"),
)
URL = re.compile(r"(https?://|www\.)\S+|\b\w+\.(com|ly|co|net|org)/\S*", re.IGNORECASE)
USER = re.compile(r"@\w+")
HASHTAG = re.compile(r"#(\w+)")
CAMEL_CASE = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Za-z])(?=\d)|_+")
NUMBER = re.compile(r"\b\d+([.,:]\d+)*\b")
UPPER_CASE = re.compile(r"\b[A-Z]{3,}\b")
ELONGATED = re.compile(r"\b(\w*?([a-zA-Z])\2{2}\w*)\b")
TRIPLE = re.compile(r"([a-zA-Z])\1{2,}")
REPEATED = re.compile(r"([!?.,*-])(?:\s*\1)+")
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
    """The text with HTML entities resolved, invisible characters removed and other control characters as spaces.

    A lone surrogate becomes "?".
    """
    text = html.unescape(text).encode("utf-8", "replace").decode()
    text = INVISIBLE.sub("", text).replace("\u2019", "'")
    return "".join(" " if unicodedata.category(char) in ("Cc", "Cs", "Co", "Cn") else char for char in text)


def normalize_word(word: str) -> str:
    """A word without spaces as special tokens and lower-case parts, separated by spaces.

    >>> normalize_word("#SoHAPPY!!!"), normalize_word("loooove"), normalize_word(":-)"), normalize_word("@someone")
    ('<hashtag> so <caps> happy ! <repeat>', '<long> loove', '<smile>', '<user>')
    """
    word = URL.sub(" <url> ", word)
    word = USER.sub(" <user> ", word)
    for pattern, token in EMOTICONS:
        word = pattern.sub(f" {token} ", word)
    word = HASHTAG.sub(lambda match: " <hashtag> " + CAMEL_CASE.sub(" ", match[1]) + " ", word)
    word = NUMBER.sub(" <number> ", word)
    word = UPPER_CASE.sub(lambda match: f" <caps> {match[0].lower()} ", word)
    word = ELONGATED.sub(lambda match: " <long> " + TRIPLE.sub(r"\1\1", match[1]) + " ", word)
    word = REPEATED.sub(r" \1 <repeat> ", word)
    spaced = "".join(f" {char} " if unicodedata.category(char) in ("So", "Sk") else char for char in word)
    return " ".join(part if part in SPECIAL_TOKENS else part.lower() for part in spaced.split())


@dataclass(frozen=True)
class TokenizedText:
    """``ids`` of a text's tokens. ``word_ids``: for each token the index of its word in ``words``; -1 for none."""

    ids: tuple[int, ...]
    word_ids: tuple[int, ...]
    words: tuple[str, ...]


def words_of_tokens(encoding: Encoding, words: Sequence[str]) -> tuple[int, ...]:
    """The ``word_ids`` of a text that is these words with blanks between them, at least one.

    Tokens such as ``<s>`` and ``</s>`` at the ends belong to no word: -1.
    """
    word_of_character = [index for index, word in enumerate(words) for _ in range(len(word) + 1)]
    word_ids = [
        -1 if special or not words else word_of_character[max(end - 1, 0)]
        for (_, end), special in zip(encoding.offsets, encoding.special_tokens_mask, strict=True)
    ]
    return tuple(word_ids) or (-1,)


def unk_id(tokenizer: Tokenizer) -> int:
    """The id of the unknown token."""
    id = tokenizer.token_to_id("[UNK]")
    assert id is not None  # every vocabulary of TweetLSTM contains it
    return id


def tokenize(texts: Sequence[str], tokenizer: Tokenizer) -> list[TokenizedText]:
    """The tokens of each text, however many; a text without any gets the unknown token.

    For one thread at a time: tokenizers are not safe to share between threads.
    """
    words = [clean(text).split() for text in texts]
    parts = [
        [(part, index) for index, word in enumerate(row) for part in normalize_word(word).split()] for row in words
    ]
    encodings = tokenizer.encode_batch([[part for part, _ in row] for row in parts], is_pretokenized=True)
    unknown = unk_id(tokenizer)
    tokenized = []
    for row_parts, row_words, encoding in zip(parts, words, encodings, strict=True):
        ids = encoding.ids or [unknown]
        # Every token belongs to a word: this tokenizer adds none at the ends.
        word_ids = [row_parts[index or 0][1] for index in encoding.word_ids] or [0]
        tokenized.append(TokenizedText(tuple(ids), tuple(word_ids), tuple(row_words)))
    return tokenized
