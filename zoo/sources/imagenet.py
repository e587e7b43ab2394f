"""Class names of models that others publish: WordNet ids where the classes are ImageNet's, else class indices."""

from collections.abc import Sequence

from zoo.core.cards import bundled_cards

SAME = 0.8  # fraction of labels that agree where the classes are ImageNet's in its usual order


def class_names(labels: Sequence[str]) -> list[dict[str, str]]:
    """``classes`` of a card, from the labels in the order of the logits.

    Labels of ImageNet's 1,000 classes become those of the bundled card, so that models can be averaged.
    """
    for card in bundled_cards():
        if "classes" not in card.config or len(card.classes) != len(labels):
            continue
        pairs = zip(labels, card.classes, strict=True)
        agreeing = sum(label.split(",")[0].strip().lower() == known.label.lower() for label, known in pairs)
        if agreeing >= SAME * len(labels):
            return [{"id": known.id, "label": known.label} for known in card.classes]
    return [{"id": str(index), "label": label} for index, label in enumerate(labels)]
