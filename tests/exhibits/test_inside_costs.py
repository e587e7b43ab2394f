"""The trace of a prediction, and gradient checkpointing."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch import nn

from zoo.core.errors import InputError
from zoo.core.knobs import parse_knobs
from zoo.core.runtime import get_runtime
from zoo.core.steps import run_to_completion
from zoo.examples import example_path
from zoo.exhibits import inside
from zoo.exhibits.inside.flame import spans_of
from zoo.exhibits.inside.training_memory import LiveBytes, blocks_of, checkpointed, saved_bytes

SMALL = "cifar10-resnet-robust"
COFFEE = Path(example_path("coffee"))


@pytest.mark.parametrize(("model", "value"), [(SMALL, COFFEE), ("jeeves", "One morning")])
def test_spans_lie_within_those_around_them(model: str, value: str | Path) -> None:
    result = inside.trace(value, parse_knobs(inside.TraceKnobs, model=model))
    first, around = result.spans[0], []
    assert (first.depth, first.start_ms) == (0, 0)
    assert result.milliseconds == first.duration_ms > 0
    for span in result.spans:
        del around[span.depth :]
        assert len(around) == span.depth
        if around:
            outer = around[-1]
            assert outer.start_ms <= span.start_ms + 1e-5
            assert span.start_ms + span.duration_ms <= outer.start_ms + outer.duration_ms + 1e-2
        around.append(span)
    names = get_runtime().run(lambda network: {name for name, _ in network.named_modules() if name}, model)
    layers = {span.name for span in result.spans if span.is_layer}
    assert len(layers & names) > 10
    assert any(span.name.startswith("aten::") for span in result.spans)
    assert len(json.loads(result.chrome)["traceEvents"]) > len(result.spans) / 2


def test_spans_of_other_threads_and_other_times_are_left_out() -> None:
    def event(name: str, start: float, length: float, tid: int = 1, cat: str = "cpu_op") -> dict[str, object]:
        return {"ph": "X", "cat": cat, "name": name, "ts": start, "dur": length, "tid": tid}

    events = [
        event("forward pass", 1000, 500, cat="user_annotation"),
        event("aten::mm", 1100, 100),
        event("layer: conv", 1050, 300, cat="user_annotation"),
        event("aten::add", 1200, 50, tid=2),
        event("aten::relu", 1600, 10),
    ]
    spans = spans_of(events)
    assert [(span.name, span.depth, span.is_layer) for span in spans] == [
        ("forward pass", 0, True),
        ("conv", 1, True),
        ("aten::mm", 2, False),
    ]
    assert (spans[2].start_ms, spans[2].duration_ms) == (0.1, 0.1)
    assert spans_of(events[1:]) == []


def test_saved_bytes_are_those_of_the_tensors_that_backward_needs() -> None:
    network = nn.Sequential(nn.Linear(8, 16), nn.Tanh(), nn.Linear(16, 4))
    x = torch.rand(32, 8)
    with saved_bytes(network) as saved:
        network(x).sum().backward()
    assert saved.total == 4 * (x.numel() + 32 * 16)  # the input, and tanh's output for tanh and the next layer


def test_the_peak_is_what_lives_at_once() -> None:
    with LiveBytes() as live:
        for _ in range(5):
            x = torch.zeros(1000)
            y = x + 1
            del x, y
    assert live.peak == 8000


def test_blocks_are_the_outermost_that_hold_several_layers() -> None:
    block = nn.Sequential(nn.Linear(4, 4), nn.Sequential(nn.ReLU(), nn.Linear(4, 4)))
    assert list(blocks_of(nn.Sequential(block, nn.ReLU()))) == ["0"]
    assert list(blocks_of(nn.ModuleDict({"features": nn.Sequential(nn.Linear(4, 4), nn.ReLU())}))) == ["features"]
    with pytest.raises(InputError, match="no block"):
        blocks_of(nn.Linear(4, 4))


def test_a_checkpointed_block_is_computed_twice_and_is_as_before_afterwards() -> None:
    calls: list[int] = []
    block = nn.Sequential(nn.Linear(4, 4), nn.Tanh())
    block[1].register_forward_pre_hook(lambda *_: calls.append(1))
    with checkpointed([block]):
        block(torch.rand(2, 4)).sum().backward()
    assert len(calls) == 2
    block(torch.rand(2, 4)).sum().backward()
    assert len(calls) == 3


@pytest.mark.parametrize(
    ("model", "value"), [(SMALL, COFFEE), ("jeeves", "One of those mornings"), ("sound-audionet", example_path("rain"))]
)
def test_checkpointing_keeps_less_and_gives_the_same_gradients(model: str, value: str | Path) -> None:
    knobs = parse_knobs(inside.CheckpointingKnobs, model=model, batch=2, steps=1)
    result = run_to_completion(inside.checkpointing(value, knobs))
    assert 0 < result.checkpointed.saved_bytes < result.without.saved_bytes
    assert result.checkpointed.peak_bytes <= result.without.peak_bytes
    assert result.gradient_difference < 1e-5
    assert result.without.milliseconds > result.without.forward_ms > 0
    shared = get_runtime().run(lambda network: any(each.requires_grad for each in network.parameters()), model)
    assert not shared
    assert result.blocks


def test_saved_bytes_grow_with_the_batch_and_a_batch_beyond_the_limits_is_refused() -> None:
    def measure(batch: int) -> inside.Checkpointing:
        knobs = parse_knobs(inside.CheckpointingKnobs, model=SMALL, batch=batch, steps=1)
        return run_to_completion(inside.checkpointing(COFFEE, knobs))

    one, two = measure(1).without.saved_bytes, measure(2).without.saved_bytes
    assert two == pytest.approx(2 * one, rel=0.1)
    knobs = parse_knobs(inside.CheckpointingKnobs, model="starry-night", batch=64)
    with pytest.raises(InputError, match="choose a batch size of at most"):
        run_to_completion(inside.checkpointing(COFFEE, knobs))


def test_a_network_without_blocks_is_refused() -> None:
    knobs = parse_knobs(inside.CheckpointingKnobs, model="tweet-lstm")
    with pytest.raises(InputError, match="no block"):
        run_to_completion(inside.checkpointing("so good", knobs))


def test_a_trace_writes_nothing_on_the_console() -> None:
    lines = (
        "import torch",
        "from zoo.exhibits.inside.flame import profiled",
        "print(len(profiled(lambda network: network(torch.ones(1, 2)), torch.nn.Linear(2, 2))))",
    )
    process = subprocess.run([sys.executable, "-c", "; ".join(lines)], capture_output=True, text=True, check=True)
    assert int(process.stdout) > 1000
    assert process.stderr == ""
