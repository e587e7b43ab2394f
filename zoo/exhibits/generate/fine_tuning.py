"""Fine-tune a copy of the bundled language model on a visitor's text."""

import math
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import torch
from torch import Tensor
from torch.nn import functional as F

from zoo.core import user_models
from zoo.core.cards import Card, require_card
from zoo.core.errors import InputError, TooLargeError
from zoo.core.inputs import TextLike, as_document
from zoo.core.loading import TOKENIZER_FILE
from zoo.core.runtime import get_runtime
from zoo.core.steps import PAUSE, Progress, Steps
from zoo.exhibits.generate.knobs import DEFAULT_MODEL, FineTuneKnobs
from zoo.exhibits.generate.language_model import eos_token_id
from zoo.exhibits.generate.results import FineTuning
from zoo.exhibits.generate.text import encodable, reflow
from zoo.nets import build

if TYPE_CHECKING:
    from zoo.core.loading import TokenizedModel

MIN_CHARACTERS, MAX_CHARACTERS = 1000, 5_000_000
SEQUENCE_LENGTH, BATCH_SIZE = 96, 2
VALIDATION_FRACTION = 0.1  # of the text, at its end
VALIDATE_EVERY = 20  # steps
SAMPLE_LENGTH, SAMPLE_TEMPERATURE = 24, 0.8


def fine_tune(
    document: TextLike, knobs: FineTuneKnobs | None = None, owner: str = user_models.LOCAL_OWNER
) -> Steps[Card]:
    """Train a copy of ``knobs.model`` on a text and keep it as a user model; its card.

    A job; each record's preview is the ``FineTuning`` so far. The last tenth of the text is for validation. Raises
    InputError for a text too short, a title that is empty, a model of the hub or an owner who has too many models,
    TooLargeError beyond five million characters, BusyError when the disk quota is used up.
    """
    knobs = knobs or FineTuneKnobs()
    title, text = user_models.check_title(knobs.title), reflow(encodable(as_document(document)))
    if len(text) < MIN_CHARACTERS:
        raise InputError(f"The text has {len(text):,} characters: fine-tuning needs at least {MIN_CHARACTERS:,}.")
    if len(text) > MAX_CHARACTERS:
        raise TooLargeError(f"The text has {len(text):,} characters: send at most {MAX_CHARACTERS:,}.")
    card = require_card(knobs.model, "generate")
    if card.folder is None:
        raise InputError(f"{card.name} is too large to be fine-tuned here: choose {DEFAULT_MODEL}.")
    user_models.check_quota(owner)
    run = get_runtime().run
    trainer = run(partial(Trainer, text, knobs, card), card.name)
    yield PAUSE
    state = FineTuning(validation_loss=((0, run(trainer.validation_loss)),))
    yield PAUSE
    for step in range(1, knobs.steps + 1):
        state = replace(state, loss=(*state.loss, run(trainer.step)))
        if step % VALIDATE_EVERY == 0 or step == knobs.steps:
            yield PAUSE
            losses = (*state.validation_loss, (step, run(trainer.validation_loss)))
            yield PAUSE
            state = replace(state, validation_loss=losses, sample=run(trainer.sample))
        metrics = {"loss": state.loss[-1], "validation_loss": state.validation_loss[-1][1]}
        yield Progress(step, knobs.steps, f"Step {step} of {knobs.steps}", metrics=metrics, preview=state)
    state_dict = trainer.network.state_dict()
    return user_models.save(
        {**card.config, "title": title},
        {f"transformer.{name}": tensor.cpu().half() for name, tensor in state_dict.items()},
        user_models.derived_front_matter(card, "a text", "the text belongs to its author"),
        _card_text(title, card, state),
        owner,
        {TOKENIZER_FILE: (card.folder / TOKENIZER_FILE).read_text()},
    )


def _card_text(title: str, card: Card, state: FineTuning) -> str:
    (_, before), *_, (_, after) = state.validation_loss
    return (
        f"# {title}\n\n{card.name}, fine-tuned on one text for {len(state.loss)} steps. On the last tenth of the text, "
        f"which was not trained on, the loss was {before:.2f} nats per token before and {after:.2f} after."
    )


class Trainer:
    """A copy of the network in training. Made and advanced on the worker alone."""

    def __init__(self, text: str, knobs: FineTuneKnobs, card: Card, model: "TokenizedModel") -> None:
        self.tokenizer = model.tokenizer
        device = next(model.parameters()).device
        state_dict = {name: tensor.clone() for name, tensor in model.network.state_dict().items()}
        self.network = build(card.config["architecture"], state_dict).to(device).train()
        ids = torch.tensor([*self.tokenizer.encode(text).ids, eos_token_id(model)])
        count = max(SEQUENCE_LENGTH + 2, math.ceil(len(ids) * VALIDATION_FRACTION))
        if len(ids) < 2 * count:
            raise InputError(f"The text has only {len(ids)} tokens: use a longer one.")
        self.training_ids, self.validation_ids = ids[:-count].to(device), ids[-count:].to(device)
        self.generator = torch.Generator().manual_seed(knobs.seed)
        self.optimizer = torch.optim.AdamW(self.network.parameters(), lr=knobs.learning_rate, betas=(0.9, 0.95))

    def step(self) -> float:
        """Update the weights on one batch; its mean loss in nats per token."""
        high = len(self.training_ids) - SEQUENCE_LENGTH
        loss = self._loss(self.training_ids, torch.randint(high, (BATCH_SIZE,), generator=self.generator).tolist())
        parameters = list(self.network.parameters())
        for parameter, gradient in zip(parameters, torch.autograd.grad(loss, parameters), strict=True):
            parameter.grad = gradient
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        self.optimizer.step()
        return float(loss.detach())

    def _loss(self, ids: Tensor, starts: list[int]) -> Tensor:
        batch = torch.stack([ids[start : start + SEQUENCE_LENGTH + 1] for start in starts])  # (B, T + 1)
        logits, _ = self.network(batch[:, :-1])
        return F.cross_entropy(logits.flatten(0, 1), batch[:, 1:].flatten())

    @torch.no_grad()
    def validation_loss(self) -> float:
        """Nats per token of up to eight sequences that are not trained on."""
        last = len(self.validation_ids) - SEQUENCE_LENGTH - 1
        count = min(8, 1 + last // SEQUENCE_LENGTH)
        return float(self._loss(self.validation_ids, torch.linspace(0, last, count).long().tolist()))

    @torch.no_grad()
    def sample(self) -> str:
        """A short text that the network generates now, after the first tokens of the training text."""
        cache, next_ids = None, self.training_ids[None, :8]
        output_ids = self.training_ids[:8].tolist()
        for _ in range(SAMPLE_LENGTH):
            logits, cache = self.network(next_ids, cache)
            probabilities = (logits[:, -1] / SAMPLE_TEMPERATURE).softmax(1).cpu()
            next_ids = torch.multinomial(probabilities, 1, generator=self.generator).to(next_ids.device)
            output_ids.append(int(next_ids))
        return str(self.tokenizer.decode(output_ids))
