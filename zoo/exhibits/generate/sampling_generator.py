"""The state of a text that is being generated, one token a step, by sampling or greedily."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from zoo.core.errors import InputError
from zoo.exhibits.generate import filters
from zoo.exhibits.generate.knobs import GenerateKnobs
from zoo.exhibits.generate.language_model import eos_token_id, network_of
from zoo.exhibits.generate.results import Candidate, GeneratedToken, Sample

if TYPE_CHECKING:
    from zoo.core.loading import TokenizedModel
    from zoo.nets.causal_lm import LayerCache

NUM_CANDIDATES = 10  # that are reported of each token


class TextGenerator(ABC):
    """Made and advanced on the worker alone. ``rows``: how many texts are generated as a batch.

    ``ids``: (rows, T) prompt and generated tokens. ``next_ids``: those of them that are not in ``cache`` yet.
    """

    cache: "Sequence[LayerCache] | None" = None

    def __init__(self, prompt: str, knobs: GenerateKnobs, model: "TokenizedModel", rows: int) -> None:
        self.knobs, self.eos_token_id = knobs, eos_token_id(model)
        prompt_ids = model.tokenizer.encode(prompt).ids
        max_prompt_length = network_of(model).n_positions - knobs.length
        if max_prompt_length < 1:
            raise InputError(
                f"{knobs.model} has a context of {network_of(model).n_positions} tokens: choose a smaller length."
            )
        input_ids = prompt_ids[-max_prompt_length:] or [self.eos_token_id]
        truncated = len(input_ids) < len(prompt_ids)
        self.truncated_characters = len(prompt) - len(model.tokenizer.decode(input_ids)) if truncated else 0
        self.prompt_length = len(input_ids)
        self.ids = self.next_ids = torch.tensor([input_ids] * rows)
        self.samples = (Sample(),) * rows

    @abstractmethod
    def step(self, model: "TokenizedModel") -> tuple[Sample, ...]:
        """Add one token to each text; the samples so far."""

    def next_logits(self, model: "TokenizedModel") -> Tensor:
        """(rows, vocab_size) logits of the next token, on the CPU."""
        device = next(model.parameters()).device
        logits, self.cache = network_of(model)(self.next_ids.to(device), self.cache, last_only=True)
        return logits[:, -1].float().cpu()

    def append(self, next_ids: Tensor) -> None:
        """``next_ids``: (rows, 1)."""
        self.ids, self.next_ids = torch.cat((self.ids, next_ids), 1), next_ids

    def extended(
        self, sample: Sample, row: int, probabilities: Tensor, filtered: Tensor, model: "TokenizedModel"
    ) -> Sample:
        """``sample`` with the newest token of ``row``; (vocab_size,) probabilities before and after the filters."""
        token_id = int(self.next_ids[row])
        if token_id == self.eos_token_id:
            return replace(sample, ended=True)
        decoded = model.tokenizer.decode(self.ids[row, self.prompt_length :].tolist())
        complete = decoded.rstrip("\ufffd")  # the bytes of an incomplete character
        top = probabilities.topk(min(NUM_CANDIDATES, len(probabilities)))
        top_ids = top.indices.tolist()
        texts = model.tokenizer.decode_batch([[id] for id in top_ids])
        columns = zip(top_ids, texts, top.values.tolist(), filtered[top.indices].tolist(), strict=True)
        candidates = tuple(Candidate(*row) for row in columns)
        entropy = float(-(probabilities * probabilities.clamp_min(1e-12).log2()).sum())
        text = complete[len(sample.text) :]
        token = GeneratedToken(token_id, text, float(probabilities[token_id]), entropy, candidates)
        return Sample(complete if text else sample.text, (*sample.tokens, token))


class SamplingGenerator(TextGenerator):
    """Samples each token, or takes the most probable one where the knobs leave nothing to sample."""

    def __init__(self, prompt: str, knobs: GenerateKnobs, model: "TokenizedModel") -> None:
        super().__init__(prompt, knobs, model, rows=knobs.samples)
        # One generator a row: a sample does not depend on how many others there are.
        self.generators = [torch.Generator().manual_seed(knobs.seed + row) for row in range(knobs.samples)]

    @torch.inference_mode()
    def step(self, model: "TokenizedModel") -> tuple[Sample, ...]:
        logits = self.next_logits(model)
        processed = filters.process_logits(logits, self.ids, self.knobs)
        filtered = processed.softmax(1)
        if self.knobs.is_random:
            rows = zip(filtered, self.generators, strict=True)
            drawn = [torch.multinomial(row, 1, generator=generator) for row, generator in rows]
            self.append(torch.stack(drawn))
        else:
            self.append(processed.argmax(1, keepdim=True))
        probabilities = logits.softmax(1)
        self.samples = tuple(
            sample if sample.ended else self.extended(sample, row, probabilities[row], filtered[row], model)
            for row, sample in enumerate(self.samples)
        )
        return self.samples
