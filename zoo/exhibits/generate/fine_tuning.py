"""A writer of one's own: the bundled network goes on learning from a visitor's text."""

import math
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import torch
from torch import Tensor
from torch.nn import functional as F

from zoo.core import user_models
from zoo.core.cards import Card
from zoo.core.errors import InputError, TooLargeError
from zoo.core.jobs import Progress, Steps
from zoo.core.loading import TOKENIZER_FILE
from zoo.core.runtime import get_runtime
from zoo.exhibits.generate.decoding import END, writer_card
from zoo.exhibits.generate.knobs import DEFAULT_MODEL, TuneKnobs
from zoo.exhibits.generate.text import reflowed
from zoo.nets import build

if TYPE_CHECKING:
    from zoo.core.loading import TokenizedModel

LEAST, MOST = 1000, 5_000_000  # characters
LENGTH, BATCH = 96, 2  # sub-words of a window, windows of a step
HELD_OUT = 0.1  # of the text, at its end
SHOWN, SAMPLE = 20, 24  # steps between two samples, sub-words of one


@dataclass(frozen=True)
class Tuning:
    """What a job's record shows: nats a sub-word by step, on what is learnt and on what is held out; a sample."""

    loss: tuple[float, ...] = ()
    held_out: tuple[tuple[int, float], ...] = ()
    sample: str = ""


def tune(
    text: str, title: str, knobs: TuneKnobs | None = None, model: str = DEFAULT_MODEL, owner: str = ""
) -> Steps[Card]:
    """Let a copy of ``model`` learn from ``text``, and put it on the shelf as a model of one's own; its card.

    Each record's preview is the ``Tuning`` so far. The last tenth of the text is measured and not learnt from. Raises
    InputError for a text too short, a title that is empty or too long, an official model or an owner who has too many,
    TooLargeError beyond five million characters, BusyError when there is no room.
    """
    knobs, title = knobs or TuneKnobs(), user_models.check_title(title)
    text = reflowed(text.encode("utf-8", "replace").decode())
    if len(text) < LEAST:
        raise InputError(f"That is {len(text):,} characters: to learn from, it takes {LEAST:,} at the least.")
    if len(text) > MOST:
        raise TooLargeError(f"That is {len(text):,} characters: send at most {MOST:,}.")
    card = writer_card(model)
    if card.folder is None:
        raise InputError(f"{model} is too large to go on learning here: choose {DEFAULT_MODEL}.")
    user_models.check_quota(owner)
    run = get_runtime().run
    lessons = run(partial(Lessons, text, knobs, card), model)
    state = Tuning(held_out=((0, run(lessons.measure)),))
    for step in range(1, knobs.steps + 1):
        state = replace(state, loss=(*state.loss, run(lessons.step)))
        if step % SHOWN == 0 or step == knobs.steps:
            state = replace(state, held_out=(*state.held_out, (step, run(lessons.measure))), sample=run(lessons.sample))
        figures = {"loss": state.loss[-1], "held_out": state.held_out[-1][1]}
        yield Progress(step, knobs.steps, f"Step {step} of {knobs.steps}", metrics=figures, preview=state)
    tensors = {f"transformer.{name}": tensor.cpu().half() for name, tensor in lessons.network.state_dict().items()}
    files = {TOKENIZER_FILE: (card.folder / TOKENIZER_FILE).read_text()}
    return user_models.save(
        {**card.config, "title": title},
        tensors,
        user_models.derived_front_matter(card, "a text", "its writer"),
        _text(title, card, state),
        owner,
        files,
    )


def _text(title: str, card: Card, state: Tuning) -> str:
    (_, before), *_, (_, after) = state.held_out
    return (
        f"# {title}\n\n{card.name}, gone on learning from one text for {len(state.loss)} steps. On the last tenth of "
        f"it, which was not learnt from: {before:.2f} nats a sub-word before, {after:.2f} after."
    )


class Lessons:
    """A copy of the network that learns. Made and changed on the worker."""

    def __init__(self, text: str, knobs: TuneKnobs, card: Card, model: "TokenizedModel") -> None:
        self.tokenizer, self.end = model.tokenizer, model.tokenizer.token_to_id(END)
        device = next(model.parameters()).device
        copied = {name: tensor.clone() for name, tensor in model.network.state_dict().items()}
        self.network = build(card.config["architecture"], copied).to(device).train()
        ids = torch.tensor([*model.tokenizer.encode(text).ids, self.end])
        kept = max(LENGTH + 2, math.ceil(len(ids) * HELD_OUT))
        if len(ids) < 2 * kept:
            raise InputError("That is too little to learn from: bring a longer text.")
        self.learnt, self.held = ids[:-kept].to(device), ids[-kept:].to(device)
        self.generator = torch.Generator().manual_seed(knobs.seed)
        self.optimiser = torch.optim.AdamW(self.network.parameters(), lr=knobs.rate, betas=(0.9, 0.95))

    def step(self) -> float:
        """Learn from some windows; their mean nats a sub-word."""
        starts = torch.randint(len(self.learnt) - LENGTH, (BATCH,), generator=self.generator).tolist()
        loss = self._loss(torch.stack([self.learnt[start : start + LENGTH + 1] for start in starts]))
        parameters = list(self.network.parameters())
        for parameter, gradient in zip(parameters, torch.autograd.grad(loss, parameters), strict=True):
            parameter.grad = gradient
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        self.optimiser.step()
        return float(loss.detach())

    def _loss(self, windows: Tensor) -> Tensor:
        logits, _ = self.network(windows[:, :-1])
        return F.cross_entropy(logits.flatten(0, 1), windows[:, 1:].flatten())

    @torch.no_grad()
    def measure(self) -> float:
        """Nats a sub-word of up to eight windows that are not learnt from."""
        last = len(self.held) - LENGTH - 1
        starts = torch.linspace(0, last, min(8, 1 + last // LENGTH)).long().tolist()
        return float(self._loss(torch.stack([self.held[start : start + LENGTH + 1] for start in starts])))

    @torch.no_grad()
    def sample(self) -> str:
        """Some words as it would write them now, drawn by their odds from where the text begins."""
        past, next_one = None, self.learnt[None, :8]
        said = self.learnt[:8].tolist()
        for _ in range(SAMPLE):
            logits, past = self.network(next_one, past)
            odds = (logits[:, -1] / 0.8).softmax(1).cpu()
            next_one = torch.multinomial(odds, 1, generator=self.generator).to(next_one.device)
            said.append(int(next_one))
        return str(self.tokenizer.decode(said))
