"""Text from a prompt, token by token, with the distribution that each token was chosen from."""

import time
from dataclasses import replace
from functools import partial

from zoo.core.cards import BUNDLED, require_card
from zoo.core.languages import language_notes
from zoo.core.runtime import get_runtime
from zoo.core.steps import Progress, Steps
from zoo.exhibits.generate.beam_generator import BeamGenerator
from zoo.exhibits.generate.knobs import GenerateKnobs
from zoo.exhibits.generate.results import Generation, Sample
from zoo.exhibits.generate.sampling_generator import SamplingGenerator, TextGenerator
from zoo.exhibits.generate.text import check_length, encodable

GENERATORS: dict[str, type[TextGenerator]] = {
    "sampling": SamplingGenerator,
    "greedy": SamplingGenerator,
    "beam": BeamGenerator,
}


def generate(text: str, knobs: GenerateKnobs | None = None) -> Steps[Generation]:
    """Continue ``text``; an empty one begins a new text.

    A job of one token of every sample a step; each record's preview is the ``Generation`` so far. Raises TooLargeError
    beyond 20,000 characters, InputError for a model that is not one of generate or whose context is too short.
    """
    knobs = knobs or GenerateKnobs()
    check_length(text)
    card, prompt = require_card(knobs.model, "generate"), encodable(text)
    runtime = get_runtime()
    runtime.load(card.name)  # before the clock starts: the time is that of the tokens
    start = time.perf_counter()
    generator = runtime.run(partial(GENERATORS[knobs.method], prompt, knobs), card.name)
    samples = (Sample(),) * knobs.samples
    truncated = generator.truncated_characters
    remarks = (*(language_notes(prompt) if card.source == BUNDLED else ()), *knobs.remarks())
    result = Generation(prompt, samples, truncated, card.name, card.restriction, remarks)
    for step in range(1, knobs.length + 1):
        result = replace(result, samples=runtime.run(generator.step, card.name))
        message, elapsed = f"{step} of at most {knobs.length} tokens", time.perf_counter() - start
        yield Progress(step, knobs.length, message, preview=result, elapsed=elapsed)
        if all(sample.ended for sample in result.samples):
            break
    return result
