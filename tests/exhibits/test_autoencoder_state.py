"""The students' state as a file: it comes back whole, and no other file is taken for one."""

import json
import struct
from pathlib import Path

import pytest
import torch
from PIL import Image
from safetensors.torch import load, save

from tests.exhibits.test_autoencoder import NOTHING, noise, parameters
from zoo.core.errors import InputError, TooLargeError
from zoo.core.inputs import STATE_BYTES
from zoo.exhibits import autoencoder as exhibit
from zoo.exhibits.autoencoder import Students, from_state, live_students, to_state


@pytest.fixture(scope="module")
def state() -> bytes:
    """Of students that have learnt for three steps from four pictures, while one waits."""
    torch.manual_seed(0)
    students = Students(NOTHING)
    students.add(noise(4))
    for _ in range(3):
        students.step()
    return to_state(students)


def metadata(data: bytes) -> dict[str, str]:
    length = struct.unpack("<Q", data[:8])[0]
    values: dict[str, str] = json.loads(data[8 : 8 + length])["__metadata__"]
    return values


def changed(data: bytes, tensors: dict[str, torch.Tensor | None], **facts: object) -> bytes:
    """The same file with other tensors, without those that are None, and with other facts."""
    kept = {name: tensor for name, tensor in (load(data) | tensors).items() if tensor is not None}
    ((name, given),) = metadata(data).items()
    return save(kept, metadata={name: json.dumps(json.loads(given) | facts)})


def test_it_comes_back_whole_and_goes_on_as_it_would_have(state: bytes) -> None:
    one, other = from_state(state), from_state(state)
    assert (one.steps, len(one.replay), len(one.recent), len(one.waiting)) == (3, 3, 3, 1)
    assert to_state(one) == state
    for students in (one, other):
        torch.manual_seed(1)
        students.step()
    assert torch.equal(parameters(one), parameters(other))
    torch.manual_seed(1)
    anew = from_state(state)
    anew.optimiser.state.clear()  # as without the optimiser's moments
    anew.step()
    assert not torch.equal(parameters(anew), parameters(one))


def test_a_live_training_counts_on_from_it(state: bytes) -> None:
    training = live_students(NOTHING, state)
    assert training.steps == 3
    training.advance()
    assert training.inspect(lambda students: students.steps) == training.steps == 4


WRONG = {
    "empty": lambda data: b"",
    "text": lambda data: b"this is no state at all",
    "cut short": lambda data: data[: len(data) // 2],
    "cut within the header": lambda data: data[:1000],
    "header alone": lambda data: data[: 8 + struct.unpack("<Q", data[:8])[0]],
    "longer": lambda data: data + b"\0" * 64,
    "header beyond the file": lambda data: struct.pack("<Q", 2**60) + data[8:],
    "header of another kind": lambda data: struct.pack("<Q", 2) + b"[]",
    "deep header": lambda data: struct.pack("<Q", 200_000) + b"[" * 200_000,
    "another format": lambda data: save(load(data), metadata={"format": "pt"}),
    "no metadata": lambda data: save(load(data)),
    "a tensor too many": lambda data: changed(data, {"extra": torch.zeros(3)}),
    "a tensor too few": lambda data: changed(data, {"pixel.encoder.0.weight": None}),
    "another shape": lambda data: changed(data, {"pixel.encoder.0.weight": torch.zeros(24, 3, 4, 5)}),
    "another type": lambda data: changed(data, {"pixel.encoder.0.weight": torch.zeros(24, 3, 4, 4).half()}),
    "too many pictures": lambda data: changed(data, {"pictures.recent": noise(5)}),
    "pictures of another size": lambda data: changed(data, {"pictures.replay": torch.zeros(2, 3, 32, 32).byte()}),
    "not a number": lambda data: changed(data, {"pixel.encoder.0.weight": torch.full((24, 3, 4, 4), torch.nan)}),
    "negative variance": lambda data: changed(data, {"pixel.encoder.1.running_var": -torch.ones(24)}),
    "negative moment": lambda data: changed(
        data, {"optimiser.exp_avg_sq.pixel.encoder.0.weight": -torch.ones(24, 3, 4, 4)}
    ),
    "negative steps": lambda data: changed(data, {}, steps=-1),
    "steps of another type": lambda data: changed(data, {}, steps="many"),
    "knobs out of bounds": lambda data: changed(data, {}, knobs={"learning_rate": 1e9}),
    "unknown knobs": lambda data: changed(data, {}, knobs={"run": "rm"}),
}


SENTENCES = {
    "is no state of the autoencoder. Choose": [
        "empty",
        "text",
        "header beyond the file",
        "header of another kind",
        "deep header",
        "another format",
        "no metadata",
    ],
    "is cut off or damaged": ["cut short", "cut within the header", "header alone", "longer"],
    "does not fit": [
        "a tensor too many",
        "a tensor too few",
        "another shape",
        "another type",
        "too many pictures",
        "pictures of another size",
    ],
    "cannot be used": [
        "not a number",
        "negative variance",
        "negative moment",
        "negative steps",
        "steps of another type",
        "knobs out of bounds",
        "unknown knobs",
    ],
}


@pytest.mark.parametrize("name", WRONG)
def test_another_file_is_refused_with_what_to_do_and_without_a_librarys_words(state: bytes, name: str) -> None:
    (sentence,) = [each for each, names in SENTENCES.items() if name in names]
    with pytest.raises(InputError, match=sentence) as refused:
        from_state(WRONG[name](state))
    assert any(each in str(refused.value) for each in ("Choose", "download it again"))
    assert not any(each in str(refused.value).lower() for each in ("header", "deserializ", "json", "page"))


def test_a_file_that_is_too_large_is_refused_before_it_is_read() -> None:
    with pytest.raises(TooLargeError, match="48 MiB"):
        from_state(b"\0" * (STATE_BYTES + 1))


def test_an_empty_file_is_no_state_rather_than_none(tmp_path: Path) -> None:
    file = tmp_path / "empty.safetensors"
    file.touch()
    for state in (b"", file):
        with pytest.raises(InputError):
            exhibit.reconstruct([Image.new("RGB", (64, 64))], state)
    with pytest.raises(InputError):
        live_students(NOTHING, b"")
