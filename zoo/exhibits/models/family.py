"""Papers and family of the bundled models, read from their cards: citations, configurations and texts."""

import re
from collections import defaultdict
from collections.abc import Iterator

from zoo.core.cards import Card, bundled_cards
from zoo.exhibits.models.describing import card_text
from zoo.exhibits.models.knobs import LineageKnobs
from zoo.exhibits.models.results import Lineage, Paper, Relation

CITED = re.compile(
    r"((?:[A-Z][\w’'-]+)(?: et al\.?|(?:,? (?:and )?[A-Z][\w’'-]+)*)),? (\d{4}),\s+arXiv:(\d{4}\.\d{4,5})"
)
INITIAL = re.compile(r"Initial weights: ([^,.]+)")
SAME_NETWORK = re.compile(r"The network of `([\w-]+)`")
DISTILLED = re.compile(r"distillation from the (\w+) of this zoo")


def lineage(*, knobs: LineageKnobs) -> Lineage:
    """Papers by year, the oldest first, and relations between models."""
    authors: dict[str, tuple[str, int]] = {}
    models: defaultdict[str, list[str]] = defaultdict(list)
    for card in bundled_cards():
        for who, year, arxiv in citations(card):
            authors.setdefault(arxiv, (who, year))
            models[arxiv].append(card.name)
    papers = (
        Paper(arxiv, f"{who} {year}", year, tuple(dict.fromkeys(models[arxiv])))
        for arxiv, (who, year) in authors.items()
    )
    relations = tuple(relation for card in bundled_cards() for relation in relations_of(card))
    return Lineage(tuple(sorted(papers, key=lambda paper: (paper.year, paper.arxiv))), relations)


def text_of(card: Card) -> str:
    """The card without its front matter, on one line."""
    return " ".join(card_text(card.name).split())


def citations(card: Card) -> Iterator[tuple[str, int, str]]:
    """Authors, year and arXiv id of each paper that a card names by all three."""
    for who, year, arxiv in CITED.findall(f"{card.citation} {text_of(card)}"):
        yield who, int(year), arxiv


def relations_of(card: Card) -> Iterator[Relation]:
    """What a model was made from."""
    if base := card.config.get("base"):
        yield Relation(str(base), card.name, "shared convolutions")
    elif network := card.config.get("loss", {}).get("network"):
        yield Relation(str(network), card.name, "loss network")
    if given := INITIAL.search(card.citation):
        yield Relation(f"{given[1]}'s published weights", card.name, "initial weights")
    if other := SAME_NETWORK.search(text_of(card)):
        yield Relation(other[1], card.name, "architecture")
    if teacher := DISTILLED.search(text_of(card)):
        same = (other for other in bundled_cards() if other.exhibit == card.exhibit)
        names = [other.name for other in same if other.title.startswith(teacher[1])]
        yield from (Relation(name, card.name, "teacher") for name in names)
