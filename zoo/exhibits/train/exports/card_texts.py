"""What goes with an exported model: its card as text."""

from zoo.core.cards import Card


def card_text(card: Card) -> str:
    """README.md of the model's folder, with its front matter; of a model without a folder, what the card knows."""
    if card.folder is not None:
        return (card.folder / "README.md").read_text(encoding="utf-8")
    data = "\n".join(f"- {each.name} ({each.licence})" for each in card.training_data)
    return (
        f"# {card.title}\n\nLicence: {card.licence}\n\nRestriction: {card.restriction}\n\n"
        f"Training data:\n\n{data}\n\n{card.citation}\n"
    )
