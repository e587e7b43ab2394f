"""Codes: principal directions, neighbours, lines between codes, and the decoder for the browser."""

import numpy as np
import onnxruntime
import pytest
import torch
from sklearn.decomposition import PCA

from tests.exhibits.test_autoencoder import NOTHING, noise
from zoo.exhibits.autoencoder import Student, Students, decoder_file, interpolate, nearest, principal_directions
from zoo.nets.autoencoder import CODE


def test_directions_are_those_of_scikit_learn() -> None:
    codes = torch.randn(40, 16, generator=torch.Generator().manual_seed(0)) * torch.linspace(3, 0.1, 16)
    directions, reference = principal_directions(codes, 5), PCA(5).fit(codes.numpy())
    np.testing.assert_allclose(np.abs(directions.vectors), np.abs(reference.components_), atol=1e-4)
    np.testing.assert_allclose(directions.scales**2, reference.explained_variance_, rtol=1e-4)
    np.testing.assert_allclose(directions.ratios, reference.explained_variance_ratio_, rtol=1e-4)
    np.testing.assert_allclose(directions.positions(codes).std(0, ddof=1), directions.scales, rtol=1e-4)


@pytest.mark.parametrize(("codes", "count"), [(torch.ones(1, 8), 0), (torch.ones(5, 8), 0), (torch.eye(8)[:3], 2)])
def test_there_are_no_more_directions_than_codes_differ_in(codes: torch.Tensor, count: int) -> None:
    assert len(principal_directions(codes).vectors) == count


def test_the_nearest_code_is_its_own() -> None:
    codes = torch.tensor([[0.0, 0.0], [3.0, 4.0], [0.0, 1.0]])
    assert nearest(codes, codes[0], 3) == ([0, 2, 1], [0.0, 1.0, 5.0])


def test_a_line_has_both_ends() -> None:
    line = interpolate(torch.zeros(4), torch.ones(4), 5)
    assert line[:, 0].tolist() == [0, 0.25, 0.5, 0.75, 1]


@pytest.mark.parametrize("name", ["pixel", "perceptual"])
def test_the_decoder_in_the_browser_draws_what_the_students_decoder_does(name: Student) -> None:
    torch.manual_seed(0)
    students = Students(NOTHING)
    students.add(noise(3))
    for _ in range(2):
        students.step()
    code = students.codes(noise(1), name)
    session = onnxruntime.InferenceSession(decoder_file(students, name), providers=["CPUExecutionProvider"])
    drawn = session.run(["outputs"], {"inputs": code.numpy()})[0]
    assert code.shape == (1, CODE)
    expected = students.decode(code, name).float() / 127.5 - 1
    np.testing.assert_allclose(drawn, expected.numpy(), atol=0.02)  # 8 bits, and weights of half precision
