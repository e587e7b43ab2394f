"""Masked spans through a translation: by a word that the network copies, else by translating around them.

A masked number or name is replaced by a number or name that the networks copy reliably, "It costs 15." for "It costs
$20.". Where the translation has it exactly once, the span takes its place. Where no replacement survives, the texts
before and after the span are translated on their own.

Each function here is a generator: it yields a text for the model and is sent its translation, so that the texts of many
sentences are translated in batches.
"""

from collections.abc import Generator, Mapping, Sequence

import regex

from zoo.exhibits.translate.verbatim import Masks, Span

Request = Generator[str, str, str]

# Measured on both bundled models: which numbers and names come out as they went in.
NUMBERS = (("15", "50", "12", "30"), ("50", "100", "15", "12"), ("1985", "50", "30", "100"))
YEARS = (("1985", "2000", "1990", "1970"), ("15", "50", "12", "30"), ("50", "100", "15", "12"))
NAMES = (("Tom", "Boston", "Jackson", "Paris"), ("Boston", "Jackson", "Tom", "Paris"), ("Jackson", "Paris", "Boston"))
DAYS = (  # of a week, in the source and in the target language
    {"en": "Monday", "fr": "lundi", "es": "lunes"},
    {"en": "Sunday", "fr": "dimanche", "es": "domingo"},
    {"en": "Friday", "fr": "vendredi", "es": "viernes"},
)
ARTICLES = {"fr": ("le", "du", "au"), "es": ("el", "del", "al")}
YEAR = regex.compile(r"(?:1\d|20)\d\d")
PLAIN_NUMBER = regex.compile(r"\d+")
END = regex.compile(r"\s*[.!?]+$")
LETTER = regex.compile(r"\p{L}")
EDGES = regex.compile(r"([^\p{L}\p{Co}\"'«(]*)(.*?)([,;:]?\s*)", regex.DOTALL)
LOOP = regex.compile(r"(.{2,40}?)\1{3,}|(\p{L})\2{5,}")


def translate_sentence(sentence: str, masks: Masks) -> Request:
    """The translation of a masked sentence, still masked.

    Marks divide the sentence. Each part between them is translated on its own.
    """
    marks = "".join(mask for mask, span in masks.spans.items() if span.kind == "mark")
    parts = regex.split(rf"([{marks}])", sentence) if marks else [sentence]
    if len(parts) == 1:
        return (yield from _translate_part(sentence, masks))
    return (yield from _join(parts, masks))


def _join(parts: Sequence[str], masks: Masks) -> Request:
    """The translations of parts of a sentence, each on its own, with what is between them unchanged."""
    outputs: list[str] = []
    for part in parts:
        before, text, after = EDGES.fullmatch(part).groups()
        if text:
            output = yield from _translate_part(text, masks)
            # A part that the model gives no word for stays as it is.
            text = _fit(output, text, first=not "".join(outputs).strip()) or text
        outputs.append(before + text + after)
    return "".join(outputs)


def _translate_part(part: str, masks: Masks) -> Request:
    """The translation of a text without marks, with the masks of its spans."""
    if not any(LETTER.match(char) for char in part if char not in masks.spans):
        return part
    spans = {char: masks.spans[char] for char in part if char in masks.spans}
    if not spans:
        output = yield part
        return _without_loops(output, part)
    for words in _replacements(part, spans, masks):
        output = yield "".join(words[char][0] if char in words else char for char in part)
        restored = _restore(output, {mask: word for mask, (_, word) in words.items()})
        if restored is not None:
            return _without_loops(_with_articles(restored, spans, masks.target), part)
    # With one span a part, the model has less to confuse; without any, nothing.
    if len(spans) > 1:
        head, *parts = regex.split(r"(?=\p{Co})", part)
        return (yield from _join([head + parts[0], *parts[1:]], masks))
    return (yield from _join(regex.split(r"(\p{Co})", part), masks))


def _replacements(part: str, spans: Mapping[str, Span], masks: Masks) -> Generator[dict[str, tuple[str, str]]]:
    """A word for each mask, and its translation: numbers themselves, which the models may know, then what they copy."""
    if all(PLAIN_NUMBER.fullmatch(span.text) for span in spans.values()):
        yield {mask: (span.text, span.text) for mask, span in spans.items()}
    days = [(day[masks.source], day[masks.target]) for day in DAYS]
    for attempt in range(len(NUMBERS)):
        used: set[str] = set()
        words = {}
        for mask, span in spans.items():
            if span.kind == "date" and attempt == 0:
                choices = days
            else:
                table = NAMES if span.kind == "name" else YEARS if YEAR.fullmatch(span.text) else NUMBERS
                choices = [(word, word) for word in table[attempt]]
            free = [pair for pair in choices if pair[0] not in used and pair[0] not in part]
            if not free:
                return
            words[mask] = free[0]
            used.add(free[0][0])
        yield words


def _restore(output: str, words: Mapping[str, str]) -> str | None:
    """The translation with each word as its mask again; None where one is missing or doubled, or a digit was added."""
    for word in set(words.values()):
        masks = [mask for mask, other in words.items() if other == word]
        pattern = rf"(?<![\p{{L}}\p{{N}}]){word}(?![\p{{L}}\p{{N}}])"
        if len(regex.findall(pattern, output)) != len(masks):
            return None
        remaining = iter(masks)
        output = regex.sub(pattern, lambda _, remaining=remaining: next(remaining), output)
    return None if regex.search(r"\p{N}", output) else output


def _with_articles(output: str, spans: Mapping[str, Span], target: str) -> str:
    """Dates with the article that French and Spanish have before them."""
    if target not in ARTICLES:
        return output
    article, *others = ARTICLES[target]
    dates = "".join(mask for mask, span in spans.items() if span.kind == "date")
    present = "|".join((article, *others))
    return regex.sub(rf"(?<!\b(?:{present}) )([{dates}])", rf"{article} \1", output) if dates else output


def _fit(output: str, source: str, *, first: bool) -> str:
    """A part's translation as part of a sentence: no full stop that was added, no capital that was added."""
    if END.search(source) is None:
        output = END.sub("", output)
    if not first and source[:1].islower() and not regex.match(r"I\b|\p{Lu}{2}", output):
        output = output[:1].lower() + output[1:]
    return output


def _without_loops(output: str, source: str) -> str:
    """The translation with what it repeats four times or more once, where the source does not."""
    return output if LOOP.search(source) else LOOP.sub(lambda match: match[1] or match[2], output)
