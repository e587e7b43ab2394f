"""What a translation copies unchanged: numbers, prices, dates, times, links, e-mail addresses, names and emoji.

A network as small as the bundled ones alters what it has rarely read. So each such span is masked by one character of
Unicode's private use, and ``fragments`` brings it through the translation.
"""

from dataclasses import dataclass
from typing import Literal

import regex

from zoo.exhibits.translate.dates import date_pattern, write_date, write_ordinal
from zoo.exhibits.translate.names import (
    ACRONYM,
    INITIALS,
    LETTER,
    OTHER_SCRIPT,
    SIGNS,
    titled_pattern,
    write_titled,
)

Kind = Literal["number", "name", "date", "mark"]
FIRST_MASK = 0xF0000  # of a private use area of 65,534 characters: more than spans fit into a line

UNITS = (
    r"km/h|mph|km²|km2|km|cm²|cm|mm|m²|m2|m³|kg|mg|ml|cl|dl|kWh|kW|[kMGT]B|[MG]o|[kMG]?Hz|lbs?|oz|ft|°[CF]?|º[CF]?|"
    r"%|‰|EUR|USD|GBP|CHF|CAD|JPY|m|g|l|L"
)
DIGITS = r"(?:[^\W\d_]+-)?\w*\p{N}[\w\p{N}]*(?:[.,:/·×'’+–-][\w\p{N}]*\p{N}[\w\p{N}]*)*"
GROUPS = (  # thousands, French telephone numbers and times
    r"\d{1,3}(?:[ \u00a0\u202f\u2009]\d{3})+(?![\w\p{N}])(?:[.,]\d+)?|"
    r"\d{2}(?:[ .]\d{2}){4}|\d{1,2}\s?h(?:\s?\d{2})?(?!\w)"
)
PHONE = r"\+\d{1,3}(?:[ .-]?\(?\d{1,4}\)?)+|\(\d{2,4}\) ?\d+(?:[ .-]\d+)*"
# The last full stop of "5 p.m." may end the sentence as well: then it stays outside.
NOON = r"[ap]\.\s?m(?:\.(?!\s*$|\s+\p{Lu}))?|[AP]\.M(?:\.(?!\s*$|\s+\p{Lu}))?|[ap]m\b|[AP]M\b"
NUMBER = (
    rf"{PHONE}|"
    r"(?:(?<!\w)(?:No|NO|Nos|Nr|[Ff]ig|[Vv]ol|[Cc]h|pp?|[Aa]rt|n°|N°|nº|Nº|№|§|#)\.?\s?)?"
    r"(?:(?<![\w\p{N}])[-−+±~≈])?(?:[A-Z]{0,3}\p{Sc}\s?)?"
    rf"(?:{GROUPS}|{DIGITS})"
    rf"(?:\s?(?:{NOON}|\p{{Sc}}|(?:{UNITS})(?![\w'’])))?"
)
TAIL = r"(?:\([^\s()<>]*\)|[^\s()<>\"“”«».,;:!?'’…\p{Co}])"
LINK = (
    rf"(?i:(?:https?|ftp|file)://|www\.)(?:[^\s()<>\"“”«»]|\([^\s()<>]*\))*{TAIL}|"
    rf"(?<![\w.@-])[\w-]+(?:\.[\w-]+)*\.(?i:com|org|net|edu|gov|io|fr|de|uk|eu|es|ca|ch|be|info|app|dev)\b"
    rf"(?:/(?:[^\s()<>\"]*{TAIL})?)?|"
    r"(?<![\w.])[\w-]+\.(?:pdf|docx?|xlsx?|txt|csv|jpe?g|png|gif|mp[34]|zip|py|html?|json)\b"
)
EMOJI = (
    r"(?:\p{RI}\p{RI}|[#*0-9]\uFE0F?\u20E3|\p{Extended_Pictographic}[\uFE0F\p{EMod}\U000E0020-\U000E007F]*"
    r"(?:\u200D\p{Extended_Pictographic}[\uFE0F\p{EMod}]*)*)"
)
EMOTICON = r"(?<!\S)(?:[:;=8xX][-o'^]?[)(DpP/\\|\]\[*3]+|[)(]+[-o']?[:;=]|<3+|\^_*\^|[xX]D+)(?=[\s.,!?…]|$)"
# Spans as they are written. The order is that of precedence.
WRITTEN_FIRST = regex.compile(
    rf"(?P<mark>\p{{Co}}|</?\p{{L}}[^<>\n]*>|&(?:\w+|#\w+);|{EMOTICON})|"
    rf"(?P<name>`[^`\n]+`|\{{+[^{{}}\n]*\}}+|\$\{{\w+\}}|%\(\w+\)[sdf]|%[sd]\b|{LINK}|"
    r"[\w.+%-]+@[\w-]+(?:\.[\w-]+)+|(?<!\w)@\w+(?:[.@-]\w+)*|(?<!\w)[#＃]\w*\p{L}\w*)|"
    rf"(?P<emoji>{EMOJI}(?:\s*{EMOJI})*)"
)
WRITTEN = regex.compile(
    rf"(?P<number>{NUMBER})|(?P<pause>\.{{2,}}|…+|(?<!\S)[-–—]+(?!\S)|[–—]+|[•‣◦*_~|\\^=<>{{}}\[\]]+)"
)
QUOTATION = regex.compile(r"(\"|«\s?)([^\"«»]*[^\"«»\s])(\"|\s?»)")
QUOTATION_MARKS = {"en": ('"', '"'), "fr": ("« ", " »"), "es": ('"', '"')}
NUMERIC_DATE = regex.compile(r"\d{1,2}([/.-])\d{1,2}\1(?:\d{4}|\d{2})|\d{4}-\d{2}-\d{2}")
KINDS: dict[str, Kind] = {"mark": "mark", "name": "name", "emoji": "mark", "pause": "mark"}


@dataclass(frozen=True)
class Span:
    """``text``: as it is written. ``written``: as it stands in the translation, the same but for titles, dates with the
    name of a month and ordinals.

    A number, a name and a date are part of the sentence's grammar; a mark divides it.
    """

    text: str
    kind: Kind
    written: str


class Masks:
    """The spans of a text, each by the character that masks it."""

    def __init__(self, source: str, target: str) -> None:
        self.source, self.target = source, target
        self.spans: dict[str, Span] = {}

    def add(self, text: str, kind: Kind, written: str | None = None) -> str:
        """The mask of one more span."""
        mask = chr(FIRST_MASK + len(self.spans))
        self.spans[mask] = Span(text, kind, text if written is None else written)
        return mask

    def mask_written(self, text: str) -> str:
        """The text with dates, and what is copied as it is written, masked."""

        def mask_date(match: regex.Match[str]) -> str:
            return self.add(match[0], "date", write_date(match, self.source, self.target))

        def mask(match: regex.Match[str]) -> str:
            if match.lastgroup == "number":
                kind: Kind = "date" if NUMERIC_DATE.fullmatch(match[0]) else "number"
                return self.add(match[0], kind, write_ordinal(match[0], self.target))
            return self.add(match[0], KINDS[match.lastgroup or "mark"])

        links = WRITTEN_FIRST.sub(mask, text)
        masked: str = WRITTEN.sub(mask, regex.sub(date_pattern(self.source), mask_date, links))
        return masked

    def mask_names(self, sentence: str, *, upper: bool = False) -> str:
        """The sentence with names after a title or initials, acronyms, other scripts and signs masked.

        ``upper``: whether names are written in capitals.
        """

        def add(text: str, kind: Kind, written: str) -> str:
            return self.add(text.upper(), kind, written.upper()) if upper else self.add(text, kind, written)

        def mask_titled(match: regex.Match[str]) -> str:
            return add(match[0], "name", write_titled(match, self.source, self.target))

        sentence = regex.sub(titled_pattern(self.source), mask_titled, sentence)
        for pattern in (INITIALS, ACRONYM, LETTER, OTHER_SCRIPT):
            sentence = regex.sub(pattern, lambda match: add(match[0], "name", match[0]), sentence)
        sentence = self._mask_quotations(sentence)
        masked: str = regex.sub(SIGNS, lambda match: add(match[0], "mark", match[0]), sentence)
        return masked

    def _mask_quotations(self, sentence: str) -> str:
        """The sentence with its quotation marks masked, where the quotation is not the whole sentence.

        The models were trained on quotations that are a sentence, and lose a mark or a word of others.
        """
        opening, closing = QUOTATION_MARKS[self.target]

        def mask(match: regex.Match[str]) -> str:
            quoted: str = match[2]
            return self.add(match[1], "mark", opening) + quoted + self.add(match[3], "mark", closing)

        masked: str = sentence if QUOTATION.fullmatch(sentence) else QUOTATION.sub(mask, sentence)
        return masked

    def copied(self, text: str) -> tuple[str, ...]:
        """The spans of a masked text that are copied unchanged, in their order."""
        spans = [self.spans[char] for char in text if char in self.spans]
        return tuple(span.text for span in spans if span.written == span.text)

    def unmask(self, text: str, *, translated: bool = False) -> str:
        """The text with its spans in their places, as they stand in the source or in the translation."""
        texts = {mask: span.written if translated else span.text for mask, span in self.spans.items()}
        return "".join(texts.get(char, char) for char in text)
