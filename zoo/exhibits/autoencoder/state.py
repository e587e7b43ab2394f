"""What the students have learnt as one safetensors file: weights, optimiser, pictures and steps; and back, untrusted.

Nothing of a file is used before all of it is checked: its size, then in its header every name, shape and type, then
that all numbers are finite.
"""

import json
import math
import struct
from collections.abc import Mapping
from typing import Any

import torch
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor

from zoo.core.errors import InputError, TooLargeError
from zoo.core.inputs import STATE_BYTES
from zoo.exhibits.autoencoder.knobs import LearnKnobs
from zoo.exhibits.autoencoder.replay import CAPACITY, stacked
from zoo.exhibits.autoencoder.students import MAX_WAITING, RECENT, Students
from zoo.nets.autoencoder import SIDE, AutoencoderPair

FORMAT = "menagerie autoencoder 1"  # key of the one entry of the metadata: of several, the order would change
MAX_HEADER = 2**18  # bytes
MOMENTS = ("exp_avg", "exp_avg_sq")  # of AdamW, for each parameter
PICTURES = {"replay": CAPACITY, "recent": RECENT, "waiting": MAX_WAITING}
MAX_STEPS = 10**9
CHOOSE = "Choose one that the button State, or zoo autoencoder-learn, saved as .safetensors."
FOREIGN = f"This file is no state of the autoencoder. {CHOOSE}"
DAMAGED = "This state of the autoencoder is cut off or damaged: copy or download it again, whole."
OTHER = "This state of the autoencoder does not fit: {} is missing, or of another size or type. " + CHOOSE
UNUSABLE = "This state of the autoencoder cannot be used: {}. Choose an earlier one, or begin without a state."
_DTYPES = {"F32": torch.float32, "I64": torch.int64, "U8": torch.uint8}


class Facts(BaseModel):
    """What stands beside the tensors. ``offered``: different pictures of the stream."""

    model_config = ConfigDict(extra="forbid", strict=True)

    steps: int = Field(ge=0, le=MAX_STEPS)
    offered: int = Field(ge=0, le=MAX_STEPS)
    knobs: dict[str, Any]


def to_state(students: Students) -> bytes:
    """A safetensors file of about 19 MB and 12 kB a picture. On the worker."""
    tensors = dict(students.pair.state_dict())
    moments = students.optimiser.state
    for name, parameter in students.pair.named_parameters():
        for moment in MOMENTS:
            tensors[f"optimiser.{moment}.{name}"] = moments.get(parameter, {}).get(moment, torch.zeros_like(parameter))
    pictures = {"replay": students.replay.pictures, "recent": stacked([*students.recent])}
    tensors |= {f"pictures.{name}": each for name, each in pictures.items()}
    tensors["pictures.waiting"] = stacked([*students.waiting])
    facts = Facts(steps=students.steps, offered=students.replay.offered, knobs=students.knobs.model_dump())
    plain = {name: tensor.cpu().contiguous() for name, tensor in tensors.items()}
    return save(plain, metadata={FORMAT: facts.model_dump_json()})


def from_state(data: bytes, device: str = "cpu") -> Students:
    """The students that a file describes. On the worker. Raises InputError, TooLargeError."""
    facts, knobs = check_state(data)
    try:
        tensors = load(data)
    except SafetensorError as error:
        raise InputError(DAMAGED) from error
    check_numbers(tensors)
    students = Students(knobs.model_copy(update={"start": "nothing"}), device)
    students.change(knobs)
    students.pair.load_state_dict({name: tensors[name] for name in students.pair.state_dict()})
    for name, parameter in students.pair.named_parameters():
        moments = {moment: tensors[f"optimiser.{moment}.{name}"].to(device) for moment in MOMENTS}
        students.optimiser.state[parameter] = {"step": torch.tensor(float(facts.steps)), **moments}
    for picture in tensors["pictures.replay"].unbind():
        students.replay.add(picture)
    students.replay.offered = max(facts.offered, len(students.replay))
    students.recent.extend(tensors["pictures.recent"].unbind())
    students.waiting.extend(tensors["pictures.waiting"].unbind())
    students.steps = facts.steps
    return students


def check_state(data: bytes) -> tuple[Facts, LearnKnobs]:
    """Check size and header. Raises InputError for what is no such file, TooLargeError for one that is too large."""
    if len(data) > STATE_BYTES:
        raise TooLargeError(f"A state has at most {STATE_BYTES // 2**20} MiB, and this file has more: choose another.")
    header = _header(data)
    metadata = header.pop("__metadata__", None)
    if not isinstance(metadata, dict) or FORMAT not in metadata:
        raise InputError(FOREIGN)
    try:
        facts = Facts.model_validate_json(str(metadata[FORMAT]))
        knobs = LearnKnobs(**facts.knobs)
    except (ValidationError, TypeError) as error:
        raise InputError(UNUSABLE.format("its number of steps or its settings cannot be read")) from error
    expected = _expected()
    if header.keys() != expected.keys():
        odd = sorted(header.keys() ^ expected.keys())[0]
        raise InputError(OTHER.format(repr(odd[:60])))
    for name, (dtype, shape) in expected.items():
        _check_entry(name, header[name], dtype, shape)
    return facts, knobs


def check_numbers(tensors: Mapping[str, Tensor]) -> None:
    """Raises InputError for NaN and infinity, and for variances below zero."""
    for name, tensor in tensors.items():
        if not tensor.isfinite().all():
            reason = f"{name} has numbers that are not finite, as after a training that diverged"
            raise InputError(UNUSABLE.format(reason))
        positive = name.endswith("running_var") or name.startswith("optimiser.exp_avg_sq")
        if positive and (tensor < 0).any():
            raise InputError(UNUSABLE.format(f"{name} has numbers below zero"))


def _header(data: bytes) -> dict[str, Any]:
    length = struct.unpack("<Q", data[:8])[0] if len(data) >= 8 else 0
    if not 0 < length <= MAX_HEADER or data[8:9] != b"{":
        raise InputError(FOREIGN)
    if length > len(data) - 8:
        raise InputError(DAMAGED)
    try:
        header: dict[str, Any] = json.loads(data[8 : 8 + length])
    except (ValueError, RecursionError) as error:
        raise InputError(DAMAGED) from error
    return header


def _expected() -> dict[str, tuple[str, tuple[int, ...]]]:
    """Type and shape of every tensor; of pictures, the first number is the most there may be."""
    with torch.device("meta"):
        pair = AutoencoderPair()
    names = {dtype: name for name, dtype in _DTYPES.items()}
    entries = {name: (names[tensor.dtype], tuple(tensor.shape)) for name, tensor in pair.state_dict().items()}
    for name, parameter in pair.named_parameters():
        entries |= {f"optimiser.{moment}.{name}": ("F32", tuple(parameter.shape)) for moment in MOMENTS}
    return entries | {f"pictures.{name}": ("U8", (most, 3, SIDE, SIDE)) for name, most in PICTURES.items()}


def _check_entry(name: str, entry: Any, dtype: str, shape: tuple[int, ...]) -> None:
    given = entry.get("shape") if isinstance(entry, dict) else None
    if not isinstance(given, list) or not all(type(size) is int and size >= 0 for size in given):
        raise InputError(DAMAGED)
    fits = given == list(shape)
    if name.startswith("pictures."):
        fits = given[1:] == list(shape[1:]) and len(given) == len(shape) and given[0] <= shape[0]
    if not fits or entry.get("dtype") != dtype:
        raise InputError(OTHER.format(repr(name)))
    offsets = entry.get("data_offsets")
    size = math.prod(given) * _DTYPES[dtype].itemsize
    if not (isinstance(offsets, list) and len(offsets) == 2 and all(type(at) is int for at in offsets)):
        raise InputError(DAMAGED)
    if offsets[1] - offsets[0] != size:
        raise InputError(DAMAGED)
