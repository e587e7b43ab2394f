"""Thousands of distinct sentences with their labels."""

from random import Random

import numpy as np

from training.sentiment.phrases.grammar import Part, sentences, templates_of
from training.sentiment.phrases.styles import joined, styled
from training.sentiment.tweets import NEGATIVE, NEUTRAL, POSITIVE, SOURCES, Tweets

LABEL_WEIGHTS = {NEGATIVE: 0.4, NEUTRAL: 0.2, POSITIVE: 0.4}
JOINED = 0.15  # of the texts are two sentences
MAX_ROUNDS = 50  # without which a grammar of few sentences would never end


def draw(count: int, part: Part, rng: Random) -> list[tuple[str, int]]:
    """About ``2 * count`` sentences before their style; templates of a label are drawn alike."""
    by_label = {label: [t for t in templates_of(part) if t.label == label] for label in LABEL_WEIGHTS}
    labels = rng.choices(list(LABEL_WEIGHTS), list(LABEL_WEIGHTS.values()), k=2 * count)
    templates = [rng.choice(by_label[label]) for label in labels if by_label[label]]
    texts: list[tuple[str, int]] = []
    previous: dict[int, str] = {}  # by label
    for sentence, template in sentences(part, rng, templates):
        before = previous.get(template.label)
        previous[template.label] = sentence
        if before and rng.random() < JOINED:
            sentence = joined(sentence, before, rng)
        texts.append((sentence, template.label))
    return texts


def make_phrases(count: int, part: Part, seed: int = 0) -> Tweets:
    """``count`` distinct texts of one part, or as many as there are. A text that got two labels is left out."""
    rng = Random(f"{part.value} {seed}")
    labels: dict[str, set[int]] = {}
    for _ in range(MAX_ROUNDS):
        for sentence, label in draw(count, part, rng):
            labels.setdefault(styled(sentence, label, rng), set()).add(label)
        if len(labels) > 1.02 * count:
            break
    unequivocal = [(text, next(iter(given))) for text, given in labels.items() if len(given) == 1]
    chosen = rng.sample(unequivocal, min(count, len(unequivocal)))
    source = SOURCES.index("phrases")
    return Tweets(
        [text for text, _ in chosen],
        np.array([label for _, label in chosen], np.int64),
        np.full(len(chosen), source, np.int64),
    )
