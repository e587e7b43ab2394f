"""The translator and its decoding: one step after the other, or all at once, the same."""

import pytest
import torch
from torch import Tensor

from zoo.exhibits.translate.decode import beam, greedy
from zoo.nets.translator import BEGIN, END, PAD, Translator

SOURCE = torch.tensor([[BEGIN, 7, 9, 5, END]])


@pytest.fixture
def network() -> Translator:
    """Of random weights, large enough to be sure of what it says."""
    torch.manual_seed(0)
    made = Translator(12, width=16, encoder=2, decoder=2, heads=2, inner=32)
    for parameter in made.parameters():
        torch.nn.init.normal_(parameter, std=0.4)
    return made.eval()


@torch.inference_mode()
def score(network: Translator, said: list[int], penalty: float) -> float:
    """Sum of log-probabilities, for the length, of a whole translation."""
    target = torch.tensor([[BEGIN, *said, END]])
    logs = network(SOURCE, target[:, :-1]).log_softmax(2)
    total = logs.gather(2, target[:, 1:, None]).sum()
    return float(total) / ((5 + len(said) + 1) / 6) ** penalty


def test_step_by_step_is_all_at_once(network: Translator) -> None:
    target = torch.tensor([[BEGIN, 4, 8, 8, 6]])
    whole, read, past = network(SOURCE, target), network.read(SOURCE), None
    for place in range(target.shape[1]):
        logits, past = network.write(target[:, place : place + 1], read, past)
        torch.testing.assert_close(logits[:, 0], whole[:, place], atol=1e-5, rtol=1e-5)


def test_what_comes_later_is_not_seen(network: Translator) -> None:
    one, other = torch.tensor([[BEGIN, 4, 8]]), torch.tensor([[BEGIN, 4, 5]])
    torch.testing.assert_close(network(SOURCE, one)[:, :2], network(SOURCE, other)[:, :2])


def test_shorter_sentences_of_a_batch_are_read_as_alone(network: Translator) -> None:
    target = torch.tensor([[BEGIN, 4, 8]])
    filled = torch.cat((SOURCE, torch.full((1, 3), PAD)), 1)
    torch.testing.assert_close(network(filled, target), network(SOURCE, target), atol=1e-5, rtol=1e-5)


def test_all_parameters_learn(network: Translator) -> None:
    target = torch.tensor([[BEGIN, 4, 8]])
    network(SOURCE, target).square().sum().backward()
    assert all(parameter.grad is not None and parameter.grad.abs().sum() > 0 for parameter in network.parameters())


def test_greedy_takes_the_likeliest_each_time(network: Translator) -> None:
    said = greedy(network, SOURCE)[0]
    logits = network(SOURCE, torch.tensor([[BEGIN, *said]]))
    assert logits.argmax(2)[0, : len(said)].tolist() == said
    assert END not in said


@pytest.mark.parametrize("penalty", [0.0, 0.6])
def test_wider_beams_find_no_worse(network: Translator, penalty: float) -> None:
    found = [score(network, beam(network, SOURCE, width, penalty), penalty) for width in (1, 8, 64)]
    assert found[0] <= found[1] + 1e-4 <= found[2] + 2e-4


def test_beam_finds_what_no_other_short_translation_beats(network: Translator) -> None:
    best = score(network, beam(network, SOURCE, 64, 0.0), 0.0)
    words = [word for word in range(12) if word != END]
    short: list[list[int]] = [[], *([a] for a in words), *([a, b] for a in words for b in words)]
    assert best >= max(score(network, said, 0.0) for said in short) - 1e-4


def test_translations_end(network: Translator) -> None:
    with torch.no_grad():
        network.embedding.weight[END] = -network.embedding.weight.sum(0)  # never likely

    def lengths(source: Tensor) -> set[int]:
        return {len(greedy(network, source)[0]), len(beam(network, source, 3))}

    assert max(lengths(SOURCE)) <= 10
    assert max(lengths(SOURCE.repeat(1, 50))) <= 128
