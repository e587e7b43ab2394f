"""Beam search for a text, equal to that of transformers: scores are means of log-probabilities over the length."""

from dataclasses import replace
from typing import TYPE_CHECKING

import torch

from zoo.core.beam_search import BeamSearch
from zoo.exhibits.generate import filters
from zoo.exhibits.generate.knobs import GenerateKnobs
from zoo.exhibits.generate.results import Sample
from zoo.exhibits.generate.sampling_generator import TextGenerator

if TYPE_CHECKING:
    from zoo.core.loading import TokenizedModel


class BeamGenerator(TextGenerator):
    """The search ends when as many texts have ended as there are beams; until then the best so far are returned."""

    def __init__(self, prompt: str, knobs: GenerateKnobs, model: "TokenizedModel") -> None:
        super().__init__(prompt, knobs, model, rows=1)
        self.search: BeamSearch[Sample] = BeamSearch(knobs.num_beams, self.eos_token_id, length_penalty=float)

    @torch.inference_mode()
    def step(self, model: "TokenizedModel") -> tuple[Sample, ...]:
        logits = self.next_logits(model)
        log_probs = filters.process_logits(logits.log_softmax(1), self.ids, self.knobs)
        beams, next_ids = self.search.step(log_probs, [replace(sample, ended=True) for sample in self.samples])
        self.ids = self.ids[beams]
        self.append(next_ids[:, None])
        self.cache = [layer.select(beams) for layer in self.cache or []]
        probabilities, filtered = logits.softmax(1)[beams], log_probs.softmax(1)[beams]
        self.samples = tuple(
            self.extended(self.samples[beam], row, probabilities[row], filtered[row], model)
            for row, beam in enumerate(beams.tolist())
        )
        complete = len(self.search.finished) >= self.knobs.num_beams
        return tuple(self.search.ranked(() if complete else self.samples)[: self.knobs.samples])
