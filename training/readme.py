"""Write the README's table of exhibits from the cards: ``python -m training.readme``."""

from pathlib import Path

from zoo.core.cards import Card, bundled_cards, exhibit_cards
from zoo.exhibits import EXHIBITS

README = Path(__file__).parents[1] / "README.md"
START, END = "<!-- figures -->", "<!-- /figures -->"


def row(title: str, card: Card) -> str:
    """What was measured on one set of data stands on one line."""
    by_data = {
        metric.dataset: [each for each in card.metrics if each.dataset == metric.dataset] for metric in card.metrics
    }
    lines = {data: ", ".join(f"{each.name} {each.shown}" for each in found) for data, found in by_data.items()}
    figures = "<br>".join(f"**{values}**: {data}" for data, values in lines.items())
    data = "<br>".join(f"{data.name} ({data.licence})" for data in card.training_data)
    size = f"{card.size_bytes / 1e6:.2g} MB"
    return f"| {title} | [{card.name}](assets/models/{card.name}) {size} | {figures} | {data} | {card.restriction} |"


def table() -> str:
    """One row a bundled model, exhibit by exhibit, and those that work behind the scenes."""
    rows = [row(exhibit.title, card) for exhibit in EXHIBITS for card in exhibit_cards(exhibit.name)]
    shown = {exhibit.name for exhibit in EXHIBITS}
    rows += [row(card.exhibit.title(), card) for card in bundled_cards() if card.exhibit not in shown]
    head = ["| exhibit | model | measured | trained on | restriction |", "|---|---|---|---|---|"]
    return "\n".join([*head, *rows])


def rewritten(text: str) -> str:
    """The text with the table between its two marks."""
    before, rest = text.split(START)
    _, after = rest.split(END)
    return f"{before}{START}\n{table()}\n{END}{after}"


if __name__ == "__main__":
    README.write_text(rewritten(README.read_text()))
