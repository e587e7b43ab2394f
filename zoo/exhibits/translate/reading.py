"""One sentence and its translation, as a translator's forward pass reads both."""

from functools import partial
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from zoo.core.cards import Card
from zoo.core.loading import TranslatesTexts
from zoo.core.model_inputs import ModelInput
from zoo.core.runtime import get_runtime
from zoo.exhibits.translate.cross_attention import tokenize
from zoo.exhibits.translate.decode import MAX_LIMIT, greedy_search
from zoo.exhibits.translate.directions import DIRECTIONS
from zoo.exhibits.translate.predict import check_text, clean_text
from zoo.exhibits.translate.sentences import split_sentences
from zoo.exhibits.translate.text import plain
from zoo.nets.translator import Translator

if TYPE_CHECKING:
    from zoo.core.loading import TokenizedModel

MAX_TOKENS = 128  # of a sentence; more are left out


def model_input(card: Card, text: str) -> ModelInput:
    """The first sentence of a text with the model's own translation of it, by greedy search.

    Raises InputError for an empty text, TooLargeError beyond 5,000 characters.
    """
    first = next(iter(split_sentences(plain(clean_text(check_text(text))))), "")
    direction = card.config.get("direction", DIRECTIONS[0].code)
    return get_runtime().run(partial(_model_input, check_text(first), direction), card.name)


def _model_input(sentence: str, direction: str, model: "TokenizedModel") -> ModelInput:
    if isinstance(model, TranslatesTexts):
        (translation,) = model.translate([sentence], direction, 1, MAX_LIMIT)
        rows = [model.tokenizer(each)["input_ids"][:MAX_TOKENS] for each in (sentence, translation)]
        tensors, names = [torch.tensor([row]) for row in rows], model.tokenizer.convert_ids_to_tokens
        source, target = (tuple(names(row)) for row in rows)
        words = f"{len(source)} tokens, and {len(target)} of their translation"
        return ModelInput(tuple(tensors), "text", words, _published, source, output_tokens=target)
    network: Any = model.network
    assert isinstance(network, Translator)
    tokens = tokenize([sentence], model)[:, :MAX_TOKENS]
    output = torch.tensor([[network.bos_id, *greedy_search(network, tokens)[0]]])
    source, target = (
        tuple(model.tokenizer.id_to_token(id) or "" for id in each[0].tolist()) for each in (tokens, output)
    )
    words = f"{len(source)} tokens, and {len(target)} of their translation"
    return ModelInput((tokens.cpu(), output), "text", words, _bundled, source, output_tokens=target)


def _bundled(model: Any, source: Tensor, target: Tensor) -> object:
    return model.network(source, target)


def _published(model: Any, source: Tensor, target: Tensor) -> object:
    network: nn.Module = model.network
    return network(input_ids=source, decoder_input_ids=target)
