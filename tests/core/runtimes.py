"""What tests of the runtime share: a small model, steps that count, and functions that wait."""

import threading
import time
from contextlib import contextmanager

import torch
from torch import nn

from zoo.core.steps import Progress

PATIENCE = 60  # seconds until a test that hangs fails


class Weights(nn.Module):
    """A model of ``count`` float32 weights, 4 bytes each."""

    def __init__(self, count=100):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(count))


def until(condition):
    """Wait until it is true."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "the condition never became true"
        threading.Event().wait(0.001)


@contextmanager
def occupied(runtime, pool):
    """Keep the worker busy with one prediction inside the block, so that others queue up."""
    entered, leave = threading.Event(), threading.Event()

    def hold():
        entered.set()
        assert leave.wait(PATIENCE)

    future = pool.submit(runtime.run, hold)
    assert entered.wait(PATIENCE)
    try:
        yield
    finally:
        leave.set()
    future.result(PATIENCE)


def counting(total, log, name):
    """Steps up to ``total``, each of which appends ``name`` to the log."""
    for step in range(1, total + 1):
        log.append(name)
        yield Progress(step, total)
    return name


def endless():
    """Steps that end only by cancelling."""
    step = 0
    while True:
        step += 1
        yield Progress(step)
