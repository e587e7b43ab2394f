"""How a sentence is written in a tweet: case, marks, elongation, apostrophes, emoji, user names and hashtags."""

import re
from random import Random

from training.sentiment.tweets import NEGATIVE, NEUTRAL, POSITIVE

EMOJI = {
    NEGATIVE: (
        *(
            "😒",
            "😡",
            "😠",
            "😤",
            "😩",
            "😫",
            "😔",
            "😞",
            "😢",
            "😭",
            "💔",
            "👎",
            "🙄",
            "🤮",
            "🤢",
            "🤦",
            "😑",
            "💀",
            "🚮",
            "🗑",
        ),
        *(":(", ":-(", ":/", "-_-"),
    ),
    NEUTRAL: ("🤔", "👀", "📷", "📅", "⏰", "🚌", "☕", "📚"),
    POSITIVE: (
        *(
            "😍",
            "😂",
            "🤣",
            "😊",
            "😁",
            "😄",
            "🥰",
            "😭",
            "💀",
            "🔥",
            "💯",
            "👏",
            "🙌",
            "👍",
            "❤",
            "💕",
            "✨",
            "🎉",
            "😎",
            "🐐",
        ),
        *(":)", ":D", ";)", "<3", "xD"),
    ),
}
HASHTAGS = (
    *("#monday", "#friday", "#mood", "#weekend", "#review", "#nowplaying", "#food"),
    *("#travel", "#football", "#music", "#fyp", "#news", "#work"),
)
MARKS = (". ", "! ", ", ", " ", "... ", " and ")
ENDS = ("", "", "", "", ".", ".", "!", "!", "!!", "!!!", "...", " lol", "?!")
LONG = re.compile(r"\b(\w{2,})([aeiouy]|(?<=[aeiou])[hlmnsw])\b")


def joined(first: str, second: str, rng: Random) -> str:
    """Two sentences of one label as one text."""
    return first + rng.choice(MARKS) + second


def capitalized(text: str) -> str:
    """With capitals as in prose."""
    text = re.sub(r"\bi\b", "I", text)
    return re.sub(r"(^|[.!?] )([a-z])", lambda match: match[1] + match[2].upper(), text)


def elongated(text: str, rng: Random) -> str:
    """The last sound of one word drawn out, where a word has one that can be."""
    words = list(LONG.finditer(text))
    if not words:
        return text
    word = rng.choice(words)
    return text[: word.start()] + word[1] + word[2] * rng.randint(3, 5) + text[word.end() :]


def cased(text: str, rng: Random) -> str:
    """Half of the texts with capitals as in prose, most others without, a few all or one word in upper case."""
    case = rng.random()
    if case < 0.5:
        return capitalized(text)
    if case < 0.54:
        return text.upper()
    if case < 0.6:
        words = text.split(" ")
        index = rng.randrange(len(words))
        return " ".join([*words[:index], words[index].upper(), *words[index + 1 :]])
    return text


def styled(text: str, label: int, rng: Random) -> str:
    """The text as somebody may have typed it. The words stay the same, and so does the label."""
    if rng.random() < 0.06:
        text = elongated(text, rng)
    if not text.endswith((".", "!", "?")):
        text += rng.choice(ENDS)
    text = cased(text, rng)
    if rng.random() < 0.2:
        text = text.replace("'", rng.choice(("", "’")))
    if rng.random() < 0.08:
        text = f"@user {text}"
    if rng.random() < 0.12:
        text = f"{text} {rng.choice(EMOJI[label]) * rng.choice((1, 1, 1, 2, 3))}"
    if rng.random() < 0.06:
        text = f"{text} {rng.choice(HASHTAGS)}"
    return text
