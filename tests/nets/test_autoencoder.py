"""The autoencoders: shapes, size, and what batch normalization makes of one picture."""

import torch

from zoo.nets.autoencoder import CODE, Autoencoder, AutoencoderPair


def test_a_student_has_at_most_800_000_parameters() -> None:
    pair = AutoencoderPair()
    count = sum(parameter.numel() for parameter in pair.pixel.parameters())
    assert count == sum(parameter.numel() for parameter in pair.perceptual.parameters()) == 772_139


def test_a_picture_becomes_a_code_and_a_picture_again() -> None:
    network = Autoencoder()
    pictures = torch.rand(2, 3, 64, 64) * 2 - 1
    assert network.encoder(pictures).shape == (2, CODE)
    drawn = network(pictures)
    assert drawn.shape == pictures.shape
    assert drawn.abs().max() <= 1


def test_one_picture_alone_is_a_batch() -> None:
    network = Autoencoder().train()
    network(torch.zeros(1, 3, 64, 64)).sum().backward()
    assert all(parameter.grad.isfinite().all() for parameter in network.parameters() if parameter.grad is not None)
