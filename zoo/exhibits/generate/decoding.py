"""Text, one sub-word after the other, with what each was drawn from."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from zoo.core.cards import Card, find_card
from zoo.core.errors import InputError, TooLargeError
from zoo.core.jobs import Progress, Steps
from zoo.core.runtime import get_runtime
from zoo.exhibits.generate import filters
from zoo.exhibits.generate.knobs import GenerateKnobs

if TYPE_CHECKING:
    from zoo.core.loading import TokenizedModel
    from zoo.nets.gpt2 import KVCache

MAX_CHARACTERS = 20_000
SHOWN = 10  # candidates of each sub-word
END = "<|endoftext|>"


@dataclass(frozen=True)
class Candidate:
    """``before`` and ``after``: the odds of a sub-word without and with temperature, penalty and filters."""

    id: int
    text: str
    before: float
    after: float


@dataclass(frozen=True)
class Piece:
    """A sub-word that was written: its odds, the ten likeliest in its place, and their entropy in bits, all before
    the filters but for each candidate's ``after``. ``text`` is empty while a letter of several bytes is unfinished."""

    id: int
    text: str
    probability: float
    entropy: float
    candidates: tuple[Candidate, ...]


@dataclass(frozen=True)
class Sample:
    """One continuation. ``ended``: the network itself came to an end."""

    text: str = ""
    pieces: tuple[Piece, ...] = ()
    ended: bool = False


@dataclass(frozen=True)
class Generated:
    """``left_out``: characters of the prompt, from its beginning, that the network had no place for."""

    prompt: str
    samples: tuple[Sample, ...]
    left_out: int
    model: str
    restriction: str


def writer_card(name: str) -> Card:
    """Raises InputError when the model is not one of generate, NotFoundError when there is none of that name."""
    card = find_card(name)
    if card.exhibit != "generate":
        raise InputError(f"{name} is a model of {card.exhibit}, not of generate: choose another.")
    return card


def writer_kind(knobs: GenerateKnobs) -> "type[Writer]":
    from zoo.exhibits.generate.beam import BeamWriter

    return BeamWriter if knobs.method == "beam" else Writer


def generate(prompt: str, knobs: GenerateKnobs | None = None) -> Steps[Generated]:
    """Go on with ``prompt``; an empty one begins a text.

    A job of one sub-word of every sample a step; each record's preview is what is ``Generated`` so far. Raises
    TooLargeError beyond 20,000 characters, InputError for a model that is not one of generate.
    """
    knobs = knobs or GenerateKnobs()
    if len(prompt) > MAX_CHARACTERS:
        raise TooLargeError(f"That is {len(prompt):,} characters: send the last {MAX_CHARACTERS:,}, which count most.")
    card = writer_card(knobs.model)
    prompt = prompt.encode("utf-8", "replace").decode()
    run = get_runtime().run
    writer = run(partial(writer_kind(knobs), prompt, knobs), card.name)
    start = time.perf_counter()
    result = Generated(prompt, (Sample(),) * knobs.samples, writer.left_out, card.name, card.restriction)
    for step in range(1, knobs.length + 1):
        samples = run(writer.step, card.name)
        result = replace(result, samples=samples)
        told, elapsed = f"{step} of at most {knobs.length} sub-words", time.perf_counter() - start
        yield Progress(step, knobs.length, told, preview=result, elapsed=elapsed)
        if all(sample.ended for sample in samples):
            break
    return result


class Writer:
    """The state of a text being written: made and moved on by the worker alone."""

    def __init__(self, prompt: str, knobs: GenerateKnobs, model: "TokenizedModel") -> None:
        self.knobs, self.end = knobs, model.tokenizer.token_to_id(END)
        ids = model.tokenizer.encode(prompt).ids
        kept = ids[-(model.network.places - knobs.length) :] or [self.end]  # type: ignore[operator]
        self.left_out = len(prompt) - len(model.tokenizer.decode(kept)) if len(kept) < len(ids) else 0
        self.rows = knobs.rows
        self.generators = [torch.Generator().manual_seed(knobs.seed + place) for place in range(self.rows)]
        self.said = torch.tensor([kept] * self.rows)
        self.begun = len(kept)
        self.next, self.past = self.said, None
        self.samples = (Sample(),) * self.rows

    next: Tensor
    past: "list[KVCache] | None"

    @torch.inference_mode()
    def step(self, model: "TokenizedModel") -> tuple[Sample, ...]:
        """One sub-word more for each sample that has not ended."""
        logits = self._logits(model)
        left = self._filtered(logits)
        odds = left.softmax(1)
        if self.knobs.draws:
            rows = zip(odds, self.generators, strict=True)
            chosen = torch.cat([torch.multinomial(row, 1, generator=generator) for row, generator in rows])[:, None]
        else:
            chosen = left.argmax(1, keepdim=True)
        self.said, self.next = torch.cat((self.said, chosen), 1), chosen
        before = logits.softmax(1)
        self.samples = tuple(
            sample if sample.ended else self._grown(sample, place, before[place], odds[place], model)
            for place, sample in enumerate(self.samples)
        )
        return self.samples

    def _logits(self, model: "TokenizedModel") -> Tensor:
        """(rows, vocabulary) of what comes next."""
        logits: Tensor
        logits, self.past = model.network(self.next.to(next(model.parameters()).device), self.past, last=True)
        return logits[:, -1].float().cpu()

    def _filtered(self, logits: Tensor) -> Tensor:
        """As transformers has it: the penalty always, all else where sub-words are drawn."""
        knobs = self.knobs
        if knobs.repetition_penalty > 1:
            logits = filters.penalised(logits, self.said, knobs.repetition_penalty)
        if not knobs.draws:
            return logits
        logits = filters.heated(logits, knobs.temperature)
        if knobs.top_k:
            logits = filters.top_k(logits, knobs.top_k)
        if knobs.top_p < 1:
            logits = filters.top_p(logits, knobs.top_p)
        return filters.min_p(logits, knobs.min_p) if knobs.min_p else logits

    def _grown(self, sample: Sample, place: int, before: Tensor, after: Tensor, model: "TokenizedModel") -> Sample:
        id = int(self.next[place])
        if id == self.end:
            return replace(sample, ended=True)
        text = model.tokenizer.decode(self.said[place, self.begun :].tolist())
        whole = text.rstrip("\ufffd")  # of a letter that is not finished, nothing is shown yet
        best = before.topk(min(SHOWN, len(before)))
        ids = best.indices.tolist()
        texts = model.tokenizer.decode_batch([[each] for each in ids])
        odds = zip(ids, texts, best.values.tolist(), after[best.indices].tolist(), strict=True)
        candidates = tuple(Candidate(*each) for each in odds)
        entropy = float(-(before * before.clamp_min(1e-12).log2()).sum())
        piece = Piece(id, whole[len(sample.text) :], float(before[id]), entropy, candidates)
        return Sample(whole if len(whole) > len(sample.text) else sample.text, (*sample.pieces, piece))


def texts(result: Generated) -> Sequence[str]:
    """Prompt and continuation of each sample."""
    return [result.prompt + sample.text for sample in result.samples]
