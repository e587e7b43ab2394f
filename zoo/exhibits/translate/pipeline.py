"""A text into requests for the model, and its translations into a translated text.

What is copied is masked, characters and capitals are made plain, a line is divided into sentences, and each sentence
becomes one or more requests. ``run_requests`` answers the requests of many sentences in batches.
"""

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from zoo.exhibits.translate.casing import TokenCounts, capitalise_countries, emphasised, is_upper, lower_words, truecase
from zoo.exhibits.translate.fragments import translate_sentence
from zoo.exhibits.translate.results import SentencePair
from zoo.exhibits.translate.sentences import expand, split_sentences
from zoo.exhibits.translate.text import plain
from zoo.exhibits.translate.verbatim import Masks

PairRequest = Generator[str, str, SentencePair]


@dataclass(frozen=True)
class Model:
    """What the pipeline needs of a model from language ``source`` to ``target``.

    ``translate``: sentences to translations. ``token_counts``: words to numbers of tokens. ``capitals``: a sentence,
    its translation and words of the sentence to the translation with these words in capitals. ``verbatim``: whether
    numbers and the like are copied.
    """

    source: str
    target: str
    translate: Callable[[Sequence[str]], Sequence[str]]
    token_counts: TokenCounts
    capitals: Callable[[str, str, Sequence[str]], str]
    verbatim: bool = True


def translate_lines(lines: Sequence[str], model: Model) -> list[tuple[str, tuple[SentencePair, ...]]]:
    """Each line's translation and its sentences; indentation is kept."""
    sentences = [list(_sentences(line, model)) for line in lines]
    requests = [_translate(sentence, masks, model) for row in sentences for sentence, masks in row]
    pairs = iter(run_requests(requests, model.translate))
    rows = [tuple(islice(pairs, len(row))) for row in sentences]
    indents = [line[: len(line) - len(line.lstrip())] for line in lines]
    return [
        (indent + " ".join(pair.translation for pair in row) if row else "", row)
        for indent, row in zip(indents, rows, strict=True)
    ]


def _sentences(line: str, model: Model) -> Iterator[tuple[str, Masks]]:
    """The sentences of a line in plain characters, masked."""
    masks = Masks(model.source, model.target)
    text = masks.mask_written(line) if model.verbatim else line
    return ((sentence, masks) for sentence in split_sentences(plain(text)))


def _translate(written: str, masks: Masks, model: Model) -> PairRequest:
    """A masked sentence is translated in its usual case; its capitals come back afterwards."""
    sentence, upper = expand(written, model.source), is_upper(written)
    emphasis: tuple[str, ...] = ()
    if upper:
        sentence = truecase(sentence, model.source, model.token_counts)
    elif emphasis := emphasised(sentence, model.token_counts):
        sentence = lower_words(sentence, emphasis)
    sentence = capitalise_countries(sentence, model.source)
    masked = masks.mask_names(sentence, upper=upper) if model.verbatim else sentence
    output = yield from translate_sentence(masked, masks)
    output = masks.unmask(output.upper() if upper else output, translated=True)
    if emphasis and output.strip():
        output = model.capitals(masks.unmask(sentence), output, emphasis)
    return SentencePair(masks.unmask(written), output, masks.copied(masked))


def run_requests(
    requests: Iterable[PairRequest], translate: Callable[[Sequence[str]], Sequence[str]]
) -> list[SentencePair]:
    """What each request returns, in order; those that wait are answered together."""
    running = dict(enumerate(requests))
    results: dict[int, SentencePair] = {}
    answers: dict[int, str] = {}
    while running:
        pending: dict[int, str] = {}
        for index, request in list(running.items()):
            try:
                pending[index] = request.send(answers[index]) if index in answers else next(request)
            except StopIteration as end:
                results[index] = end.value
                del running[index]
        answers = dict(zip(pending, translate(list(pending.values())), strict=True)) if pending else {}
    return [results[index] for index in sorted(results)]
