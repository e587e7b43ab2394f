"""The event files of a training, read back by the protocol that TensorBoard has."""

import io
import struct
import warnings
import zipfile
from collections import defaultdict

import pytest

from zoo.exhibits.train import Curves, Epoch, Training, event_files


def training() -> Training:
    epochs = (
        Epoch(1, "head", 0.9, 0.8, 0.5, 0.01, run=1),
        Epoch(2, "head", 0.4, 0.5, 0.75, 0.02, run=1),
        Epoch(3, "all layers", 0.3, 0.45, 0.8, 0.001, run=2),
    )
    curves = Curves(epochs, ((1e-5, 1.0), (1e-3, 0.5)), 1e-3)
    return Training(
        "own/0", "T", ("a", "b"), (2, 2), "mobilenet-v2", "", 1.0, curves, 0.8, 0.02, 1.0, ((1, 0), (0, 1)), ()
    )


def events(data: bytes) -> list[tuple[int, str, float]]:
    """(step, tag, value) of the scalars in a file of records: length, checksum, message, checksum."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        from tensorboardX.proto.event_pb2 import Event

    scalars, place = [], 0
    while place < len(data):
        (length,) = struct.unpack_from("<Q", data, place)
        event = Event.FromString(data[place + 12 : place + 12 + length])
        scalars += [
            (event.step, value.tag, value.simple_value)
            for value in event.summary.value
            if value.HasField("simple_value")
        ]
        place += 16 + length
    return scalars


def test_every_epoch_of_each_run_and_the_finder_are_in_the_files() -> None:
    found = defaultdict(list)
    with zipfile.ZipFile(io.BytesIO(event_files(training()))) as archive:
        for name in archive.namelist():
            found[name.split("/")[0]] += events(archive.read(name))
    assert set(found) == {"run-1", "run-2", "learning-rate-finder"}
    losses = [(step, value) for step, tag, value in found["run-1"] if tag == "loss/training"]
    assert losses == [(1, pytest.approx(0.9)), (2, pytest.approx(0.4))]
    accuracy = [(step, value) for step, tag, value in found["run-2"] if tag == "accuracy/validation"]
    assert accuracy == [(3, pytest.approx(0.8))]
    assert [value for _, tag, value in found["learning-rate-finder"] if tag == "finder/loss"] == [1.0, 0.5]
