"""Beam search: several texts in sight at once, the likeliest as a whole in the end, as transformers has it."""

from dataclasses import replace
from typing import TYPE_CHECKING

import torch

from zoo.exhibits.generate import filters
from zoo.exhibits.generate.decoding import Sample, Writer
from zoo.exhibits.generate.knobs import GenerateKnobs

if TYPE_CHECKING:
    from zoo.core.loading import TokenizedModel


class BeamWriter(Writer):
    """Shows the best so far; ``scores``: (beams,) logarithms of the odds of each text, the penalty applied."""

    def __init__(self, prompt: str, knobs: GenerateKnobs, model: "TokenizedModel") -> None:
        super().__init__(prompt, knobs, model)
        self.scores = torch.full((self.rows,), -torch.inf)
        self.scores[0] = 0  # all begin alike: the first step takes the likeliest of one
        self.finished: list[tuple[float, Sample]] = []

    @torch.inference_mode()
    def step(self, model: "TokenizedModel") -> tuple[Sample, ...]:
        logits = self._logits(model)
        left = logits.log_softmax(1)
        if self.knobs.repetition_penalty > 1:
            left = filters.penalised(left, self.said, self.knobs.repetition_penalty)
        scores, flat = (self.scores[:, None] + left).flatten().topk(2 * self.rows)
        parents, chosen = flat // left.shape[1], flat % left.shape[1]
        length = self.said.shape[1] - self.begun + 1
        for place in (chosen == self.end).nonzero().flatten().tolist():
            if place < self.rows:
                ended = replace(self.samples[int(parents[place])], ended=True)
                self.finished.append((float(scores[place]) / length, ended))
        kept = (chosen != self.end).nonzero().flatten()[: self.rows]
        self.scores, parents, chosen = scores[kept], parents[kept], chosen[kept]
        self.said, self.next = torch.cat((self.said[parents], chosen[:, None]), 1), chosen[:, None]
        self.past = [layer.of_rows(parents) for layer in self.past or []]
        before, after = logits.softmax(1)[parents], left.softmax(1)[parents]
        self.samples = tuple(
            self._grown(self.samples[parent], place, before[place], after[place], model)
            for place, parent in enumerate(parents.tolist())
        )
        return self._best(length)

    def _best(self, length: int) -> tuple[Sample, ...]:
        running = [(score / length, sample) for score, sample in zip(self.scores.tolist(), self.samples, strict=True)]
        whole = len(self.finished) >= self.rows
        ranked = sorted(self.finished + ([] if whole else running), key=lambda each: -each[0])
        return tuple(sample for _, sample in ranked[: self.knobs.samples])
