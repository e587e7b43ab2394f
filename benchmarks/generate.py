"""Our loop and transformers' generate with the same weights, in one run: ``python -m benchmarks.generate``.

GPT-2's shape of 124 M numbers with random weights, one text of 32 sub-words gone on with for 64; transformers in single
precision, ours in whole numbers of 8 bits where torch has a product for them: it is told how often ours would have gone
on as transformers did.
"""

import statistics
import time
from collections import deque
from collections.abc import Callable

import torch
import transformers

from zoo.exhibits.generate import GenerateKnobs, generate
from zoo.nets import build, packed

PROMPT, WRITTEN, ROUNDS = 32, 64, 5
PROMPT_TEXT = "It was one of those mornings when"


@torch.inference_mode()
def ours(network: torch.nn.Module, ids: torch.Tensor) -> torch.Tensor:
    said, past, new = ids, None, ids
    for _ in range(WRITTEN):
        logits, past = network(new, past, last=True)
        new = logits[:, -1].argmax(1, keepdim=True)
        said = torch.cat((said, new), 1)
    return said


def seconds(call: Callable[[], object]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def main() -> None:
    torch.manual_seed(0)
    reference = transformers.GPT2LMHeadModel(transformers.GPT2Config()).eval()
    shape = {"kind": "gpt2", "vocabulary": 50257, "places": 1024, "width": 768, "depth": 12, "heads": 12}
    network = build(shape, dict(reference.state_dict())).eval()
    network.pack()  # as the runtime has it on a CPU
    ids = torch.randint(50257, (1, PROMPT))
    options = {"max_new_tokens": WRITTEN, "min_new_tokens": WRITTEN, "do_sample": False, "pad_token_id": 0}
    both = (lambda: ours(network, ids), lambda: reference.generate(ids, **options))
    written = reference.generate(ids, **options)
    with torch.inference_mode():
        same = network(written)[0].argmax(2)[:, PROMPT - 1 : -1] == written[:, PROMPT:]
    times = [[seconds(call) for call in both] for _ in range(ROUNDS)]
    mine, theirs = (statistics.median(column) for column in zip(*times, strict=True))
    print(f"{torch.get_num_threads()} threads, {ROUNDS} rounds, median: ours {WRITTEN / mine:.1f}, ", end="")
    print(f"transformers {WRITTEN / theirs:.1f} sub-words a second, {theirs / mine:.2f} times")
    print(f"in 8 bits: {packed.available()}; {same.float().mean():.1%} of the sub-words are those of transformers")
    knobs = GenerateKnobs(length=64)
    deque(generate(PROMPT_TEXT, knobs), maxlen=0)  # loads the model
    steps = generate(PROMPT_TEXT, knobs)
    first = seconds(lambda: next(steps))
    pace = 1 / statistics.fmean(seconds(lambda: next(steps)) for _ in range(knobs.length - 1))
    print(f"jeeves: first sub-word after {1000 * first:.0f} ms, then {pace:.0f} a second")


if __name__ == "__main__":
    main()
