"""One prediction under PyTorch's profiler: the spans of its layers and operators, and the trace that it writes."""

import json
import os
import tempfile
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.autograd.profiler import profile, record_function

from zoo.core.cards import Card
from zoo.core.inputs import AnyInput
from zoo.core.model_inputs import ModelInput
from zoo.core.runtime import get_runtime
from zoo.exhibits.inside.counting import hooked
from zoo.exhibits.inside.knobs import TraceKnobs
from zoo.exhibits.inside.networks import read
from zoo.exhibits.inside.results import Span, Trace
from zoo.exhibits.inside.tree import gpu_peak

MAX_SPANS = 4000
WHOLE, LAYER = "forward pass", "layer: "
QUIET = "99"  # above all levels: at its first start the profiler reports the GPUs that a machine without one lacks
OVERLAP = 1e-3  # microseconds that rounded ends may lie behind those of the span around them


def trace(input: AnyInput, knobs: TraceKnobs | None = None) -> Trace:
    """One prediction, after one that is not recorded. Raises what ``networks.read`` raises.

    The profiler sees the whole process: it is switched on for one call of the worker, and other threads are left out.
    """
    knobs = knobs or TraceKnobs()
    return trace_of(*read(knobs.model, input))


def trace_of(card: Card, prepared: ModelInput) -> Trace:
    """The same for an input that is prepared already."""
    run = get_runtime().run
    device, peak = run(partial(gpu_peak, prepared), card.name)
    if peak is None:
        run(partial(_warm_up, prepared), card.name)
    chrome = run(partial(profiled, prepared), card.name)
    spans = spans_of(json.loads(chrome)["traceEvents"])
    kept = sorted(
        sorted(spans, key=lambda span: -span.duration_ms)[:MAX_SPANS], key=lambda span: (span.start_ms, span.depth)
    )
    return Trace(
        model=card.name,
        restriction=card.restriction,
        input=prepared.words,
        device=device,
        milliseconds=kept[0].duration_ms if kept else 0.0,
        spans=tuple(kept),
        left_out=len(spans) - len(kept),
        gpu_peak_bytes=peak,
        chrome=chrome,
    )


@torch.no_grad()
def _warm_up(run: Callable[[nn.Module], object], network: nn.Module) -> None:
    run(network)


@torch.no_grad()
def profiled(run: Callable[[nn.Module], object], network: nn.Module) -> bytes:
    """The trace of a forward pass as Chrome's JSON. For the worker alone."""
    os.environ.setdefault("KINETO_LOG_LEVEL", QUIET)
    gpu = next(iter((*network.parameters(), *network.buffers()))).device.type == "cuda"
    ranges: list[record_function] = []

    def enter(name: str, module: nn.Module, inputs: tuple[Any, ...]) -> None:
        ranges.append(record_function(f"{LAYER}{name or type(module).__name__}"))
        ranges[-1].__enter__()  # type: ignore[no-untyped-call]

    def leave(name: str, module: nn.Module, output: Any) -> None:
        ranges.pop().__exit__(None, None, None)

    # The core of torch.profiler: the class around it imports torch's compiler, which takes up to 20 s.
    with profile(use_device="cuda" if gpu else None) as profiler, record_function(WHOLE), hooked(network, enter, leave):
        run(network)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "trace.json"
        profiler.export_chrome_trace(str(path))
        return path.read_bytes()


def spans_of(events: Iterable[dict[str, Any]]) -> list[Span]:
    """The spans within the forward pass on its own thread, in the order in which they begin."""
    timed = [event for event in events if event.get("ph") == "X" and event.get("cat") in ("cpu_op", "user_annotation")]
    whole = next((event for event in timed if event["name"] == WHOLE), None)
    if whole is None:
        return []
    begin, end = whole["ts"], whole["ts"] + whole["dur"]
    inside = [e for e in timed if e["tid"] == whole["tid"] and begin <= e["ts"] and e["ts"] + e["dur"] <= end + OVERLAP]
    spans, open_ends = [], list[float]()
    for event in sorted(inside, key=lambda e: (e["ts"], -e["dur"])):
        while open_ends and event["ts"] >= open_ends[-1] - OVERLAP:
            open_ends.pop()
        name = event["name"].removeprefix(LAYER)
        is_layer = event["cat"] == "user_annotation"
        spans.append(Span(name, (event["ts"] - begin) / 1000, event["dur"] / 1000, len(open_ends), is_layer))
        open_ends.append(event["ts"] + event["dur"])
    return spans
