"""Tensors from files: rounded, halved, published, hostile."""

import pickle
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from safetensors.torch import save_file

from zoo.core.errors import DamagedModelError
from zoo.core.weights import read_tensors
from zoo.nets.rounding import row_scaled_int4, row_scaled_int8


def saved(folder: Path, tensors: dict[str, torch.Tensor]) -> Path:
    path = folder / "model.safetensors"
    save_file(tensors, path)
    return path


@given(arrays(np.float32, array_shapes(min_dims=2, max_dims=4, max_side=5), elements=st.floats(-1e4, 1e4, width=32)))
@settings(deadline=None)
def test_8_bit_rows_are_read_within_half_a_step(tmp_path_factory: pytest.TempPathFactory, values: np.ndarray) -> None:
    matrix = torch.from_numpy(values)
    rounded, scale = row_scaled_int8(matrix)
    assert rounded.dtype == torch.int8
    assert scale.shape == matrix.shape[:1]
    path = saved(tmp_path_factory.mktemp("rows"), {"layer.weight.int8": rounded, "layer.weight.scale": scale})
    read = read_tensors(path)
    assert read.keys() == {"layer.weight"}
    assert read["layer.weight"].dtype == torch.float32
    error = (read["layer.weight"] - matrix).flatten(1).abs().amax(1)
    assert (error <= scale * (0.5 + 1e-4)).all()


@given(
    arrays(
        np.float32, st.tuples(st.integers(1, 5), st.sampled_from([2, 4, 6])), elements=st.floats(-1e4, 1e4, width=32)
    )
)
@settings(deadline=None)
def test_4_bit_rows_are_read_within_half_a_step(tmp_path_factory: pytest.TempPathFactory, values: np.ndarray) -> None:
    matrix = torch.from_numpy(values)
    packed, scale = row_scaled_int4(matrix)
    assert packed.dtype == torch.uint8
    assert packed.shape == (len(matrix), matrix.shape[1] // 2)
    path = saved(tmp_path_factory.mktemp("rows"), {"layer.weight.int4": packed, "layer.weight.scale": scale})
    read = read_tensors(path)
    assert read.keys() == {"layer.weight"}
    widest = matrix.abs().amax(1, keepdim=True)
    whole = (matrix / widest.clamp(min=1e-12) * 7).round() / 7 * widest  # the scale that cuts nothing
    error, usual = ((each - matrix).square().sum(1) for each in (read["layer.weight"], whole))
    assert (error <= usual * 1.001 + 1e-9 * widest[:, 0].square() + 1e-20).all()


def test_integers_of_4_bits_are_read_exactly(tmp_path: Path) -> None:
    numbers = torch.arange(-7, 7).repeat(2, 1).float() * torch.tensor([[1.0], [0.25]])
    packed, scale = row_scaled_int4(numbers)
    read = read_tensors(saved(tmp_path, {"layer.weight.int4": packed, "layer.weight.scale": scale}))
    torch.testing.assert_close(read["layer.weight"], numbers)


def test_half_precision_is_read_as_float32(tmp_path: Path) -> None:
    half = torch.linspace(-3, 3, 11, dtype=torch.float16)
    read = read_tensors(saved(tmp_path, {"norm.weight": half, "count": torch.tensor(7)}))
    assert read["norm.weight"].dtype == torch.float32
    assert torch.equal(read["norm.weight"], half.float())
    assert read["count"] == 7


def test_a_parameter_may_be_called_scale(tmp_path: Path) -> None:
    assert read_tensors(saved(tmp_path, {"block.scale": torch.ones(2)})).keys() == {"block.scale"}


def test_published_checkpoints_are_read(tmp_path: Path) -> None:
    path = tmp_path / "model.pth"
    torch.save({"weight": torch.arange(3.0)}, path)
    assert read_tensors(path)["weight"].tolist() == [0, 1, 2]


class Trap:
    """Unpickled, it would make a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[str, str]]:
        return open, (str(self.path), "w")


def test_a_checkpoint_with_code_in_it_is_refused(tmp_path: Path) -> None:
    path, trace = tmp_path / "model.pth", tmp_path / "trace"
    torch.save({"weight": torch.zeros(1), "trap": Trap(trace)}, path)
    with pytest.raises(pickle.UnpicklingError):
        read_tensors(path)
    with pytest.raises(pickle.UnpicklingError):
        torch.load(path)
    assert not trace.exists()


def test_a_cut_file_of_weights_is_a_sentence(tmp_path: Path) -> None:
    path = saved(tmp_path, {"weight": torch.ones(100)})
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(DamagedModelError, match=r"model\.safetensors is damaged"):
        read_tensors(path)
