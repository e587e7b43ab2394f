"""Times of the networks of texts on one thread, as they compute, and on all threads of the machine.

OMP_WAIT_POLICY=PASSIVE python -m benchmarks.threads, with OpenMP's threads waiting as those of the server do
"""

from collections.abc import Callable
from functools import partial

import torch
from torch import nn

import zoo
from benchmarks.timing import ROUNDS, milliseconds
from zoo.core.runtime import get_runtime

TEXT = "I love how this little zoo runs without any network, well done!"
CALLS: dict[str, tuple[str, Callable[[], object]]] = {
    "sentiment": ("tweet-lstm", partial(zoo.sentiment, TEXT)),
    "sentiment, 700 words": ("tweet-lstm", partial(zoo.sentiment, " ".join([TEXT] * 58))),
    "word contributions": ("tweet-lstm", partial(zoo.sentiment_words, TEXT)),
    "translation": ("translator-en-fr", partial(zoo.translate, "I love cats. Where is the station?", beams=1)),
    "translation, 4 beams": ("translator-en-fr", partial(zoo.translate, "Where is the station?", beams=4)),
    "generation, 20 tokens": ("jeeves", partial(zoo.generate, "It was one of those mornings when", length=20)),
}


def main() -> None:
    print(f"{torch.get_num_threads()} threads, {ROUNDS} rounds, median; one thread, all threads, ratio")
    for name, (model, call) in CALLS.items():
        one, every = milliseconds(call, lambda model=model, call=call: on_all_threads(model, call))
        print(f"{name:24s}{one:8.1f} ms {every:8.1f} ms {one / every:8.2f}")


def on_all_threads(model: str, call: Callable[[], object]) -> None:
    """Make a call with the network as if its steps were large."""
    get_runtime().run(partial(set_small_steps, False), model)
    try:
        call()
    finally:
        get_runtime().run(partial(set_small_steps, True), model)


def set_small_steps(value: bool, model: nn.Module) -> None:
    network = model.network
    assert isinstance(network, nn.Module)
    assert hasattr(network, "small_steps")
    network.small_steps = value


if __name__ == "__main__":
    main()
