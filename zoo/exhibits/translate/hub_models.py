"""OPUS-MT's Marian models of the Hugging Face hub, at the revisions pinned in ``directions``."""

from zoo.core.cards import Card, TrainingData
from zoo.core.sources import PinnedModel
from zoo.exhibits.translate.directions import DIRECTIONS, Direction


def _marian(direction: Direction) -> PinnedModel:
    model = direction.marian
    card = Card(
        name=direction.models["marian"],
        exhibit="translate",
        title=f"Marian, {direction.title}, by OPUS-MT",
        source="hub",
        size_bytes=4 * model.parameters,
        parameters=model.parameters,
        licence="Apache 2.0",
        restriction="terms unclear",
        metrics=(),
        training_data=(TrainingData("OPUS, a collection of translated texts of many origins", "as published"),),
        citation="Tiedemann and Thottingal 2020 (OPUS-MT); Junczys-Dowmunt et al. 2018, arXiv:1804.00344",
        config={"direction": direction.code},
    )
    return PinnedModel(card, f"Helsinki-NLP/opus-mt-{direction.code}", model.revision, "marian", model.sha256)


HUB_MODELS = tuple(map(_marian, DIRECTIONS))
