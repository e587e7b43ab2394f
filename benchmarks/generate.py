"""Our decoding loop and transformers' ``generate`` with the same weights: ``python -m benchmarks.generate``.

The network has GPT-2's shape of 124 M parameters and random weights; it continues one prompt of 32 tokens by 64.
transformers computes in float32, ours with 8-bit integers where torch has the operators. The last lines give the
fraction of tokens for which both choose the same, and the speed of ``jeeves``.
"""

import statistics
import time
from collections import deque
from collections.abc import Callable

import torch
import transformers

from zoo.exhibits.generate import GenerateKnobs, generate
from zoo.nets import build, packed

PROMPT_LENGTH, NEW_TOKENS, ROUNDS = 32, 64, 5
PROMPT = "It was one of those mornings when"
ARCHITECTURE = {
    "kind": "gpt2",
    "vocab_size": 50257,
    "n_positions": 1024,
    "d_model": 768,
    "n_layers": 12,
    "n_heads": 12,
}


@torch.inference_mode()
def greedy(network: torch.nn.Module, input_ids: torch.Tensor) -> torch.Tensor:
    ids, cache, next_ids = input_ids, None, input_ids
    for _ in range(NEW_TOKENS):
        logits, cache = network(next_ids, cache, last_only=True)
        next_ids = logits[:, -1].argmax(1, keepdim=True)
        ids = torch.cat((ids, next_ids), 1)
    return ids


def seconds(call: Callable[[], object]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def main() -> None:
    torch.manual_seed(0)
    reference = transformers.GPT2LMHeadModel(transformers.GPT2Config()).eval()
    network = build(ARCHITECTURE, dict(reference.state_dict())).eval()
    network.pack()  # as the runtime does on a CPU
    input_ids = torch.randint(50257, (1, PROMPT_LENGTH))
    options = {"max_new_tokens": NEW_TOKENS, "min_new_tokens": NEW_TOKENS, "do_sample": False, "pad_token_id": 0}
    calls = (lambda: greedy(network, input_ids), lambda: reference.generate(input_ids, **options))
    output_ids = reference.generate(input_ids, **options)
    with torch.inference_mode():
        predicted = network(output_ids)[0].argmax(2)[:, PROMPT_LENGTH - 1 : -1]
    same = (predicted == output_ids[:, PROMPT_LENGTH:]).float().mean()
    times = [[seconds(call) for call in calls] for _ in range(ROUNDS)]
    ours, theirs = (statistics.median(column) for column in zip(*times, strict=True))
    print(f"{torch.get_num_threads()} threads, {ROUNDS} rounds, median: ours {NEW_TOKENS / ours:.1f}, ", end="")
    print(f"transformers {NEW_TOKENS / theirs:.1f} tokens per second, {theirs / ours:.2f} times")
    print(f"8-bit integers: {packed.available()}; {same:.1%} of the tokens are those of transformers")
    knobs = GenerateKnobs(length=64)
    deque(generate(PROMPT, knobs), maxlen=0)  # loads the model
    steps = generate(PROMPT, knobs)
    first = seconds(lambda: next(steps))
    speed = 1 / statistics.fmean(seconds(lambda: next(steps)) for _ in range(knobs.length - 1))
    print(f"jeeves: first token after {1000 * first:.0f} ms, then {speed:.0f} per second")


if __name__ == "__main__":
    main()
