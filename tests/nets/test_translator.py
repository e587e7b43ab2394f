"""The translator and its decoding: one step after the other, or all at once, the same."""

import pytest
import torch
from torch import Tensor

from zoo.exhibits.translate.decode import beam_search, greedy_search, length_penalty
from zoo.nets.translator import BOS_ID, EOS_ID, PAD_ID, Translator, sinusoidal_positions

SOURCE = torch.tensor([[BOS_ID, 7, 9, 5, EOS_ID]])


@pytest.fixture
def network() -> Translator:
    """Of random weights, large enough that its distributions are peaked."""
    torch.manual_seed(0)
    made = Translator(vocab_size=12, d_model=16, n_encoder_layers=2, n_decoder_layers=2, n_heads=2, d_ff=32)
    for parameter in made.parameters():
        torch.nn.init.normal_(parameter, std=0.4)
    return made.eval()


@torch.inference_mode()
def score(network: Translator, output_ids: list[int], alpha: float) -> float:
    """Sum of log-probabilities of a whole translation over its length penalty."""
    target = torch.tensor([[BOS_ID, *output_ids, EOS_ID]])
    log_probs = network(SOURCE, target[:, :-1]).log_softmax(2)
    total = log_probs.gather(2, target[:, 1:, None]).sum()
    return float(total) / length_penalty(len(output_ids) + 1, alpha)


def test_decoding_step_by_step_equals_decoding_at_once(network: Translator) -> None:
    target = torch.tensor([[BOS_ID, 4, 8, 8, 6]])
    whole, encoded, cache = network(SOURCE, target), network.encode(SOURCE), None
    for position in range(target.shape[1]):
        logits, cache = network.decode(target[:, position : position + 1], encoded, cache)
        torch.testing.assert_close(logits[:, 0], whole[:, position], atol=1e-5, rtol=1e-5)


def test_self_attention_of_the_decoder_is_causal(network: Translator) -> None:
    one, other = torch.tensor([[BOS_ID, 4, 8]]), torch.tensor([[BOS_ID, 4, 5]])
    torch.testing.assert_close(network(SOURCE, one)[:, :2], network(SOURCE, other)[:, :2])


def test_padding_of_the_source_changes_nothing(network: Translator) -> None:
    target = torch.tensor([[BOS_ID, 4, 8]])
    padded = torch.cat((SOURCE, torch.full((1, 3), PAD_ID)), 1)
    torch.testing.assert_close(network(padded, target), network(SOURCE, target), atol=1e-5, rtol=1e-5)


def test_all_parameters_get_gradients(network: Translator) -> None:
    target = torch.tensor([[BOS_ID, 4, 8]])
    network(SOURCE, target).square().sum().backward()
    assert all(parameter.grad is not None and parameter.grad.abs().sum() > 0 for parameter in network.parameters())


def test_attention_weights_are_those_of_the_forward_pass(network: Translator) -> None:
    attention, x = network.decoder[0].cross_attention, torch.randn(1, 3, 16)
    keys, values = attention.keys_and_values(torch.randn(1, 5, 16))
    weights = attention.weights(x, keys)
    torch.testing.assert_close(weights.sum(3), torch.ones(1, 2, 3))
    expected = attention.out((weights @ values).transpose(1, 2).flatten(2))
    torch.testing.assert_close(attention(x, (keys, values)), expected, atol=1e-5, rtol=1e-5)


def test_positions_do_not_depend_on_where_a_prefix_is_cut() -> None:
    torch.testing.assert_close(sinusoidal_positions(0, 9, 8)[4:], sinusoidal_positions(4, 5, 8))


def test_greedy_search_takes_the_most_probable_token_each_time(network: Translator) -> None:
    output_ids = greedy_search(network, SOURCE)[0]
    logits = network(SOURCE, torch.tensor([[BOS_ID, *output_ids]]))
    assert logits.argmax(2)[0, : len(output_ids)].tolist() == output_ids
    assert EOS_ID not in output_ids


@pytest.mark.parametrize("alpha", [0.0, 0.6])
def test_more_beams_score_no_worse(network: Translator, alpha: float) -> None:
    scores = [score(network, beam_search(network, SOURCE, beams, alpha), alpha) for beams in (1, 8, 64)]
    assert scores[0] <= scores[1] + 1e-4 <= scores[2] + 2e-4


def test_no_short_translation_beats_beam_search(network: Translator) -> None:
    best = score(network, beam_search(network, SOURCE, 64, 0.0), 0.0)
    tokens = [token for token in range(12) if token != EOS_ID]
    short: list[list[int]] = [*([a] for a in tokens), *([a, b] for a in tokens for b in tokens)]
    assert best >= max(score(network, output_ids, 0.0) for output_ids in short) - 1e-4


def test_translations_end(network: Translator) -> None:
    with torch.no_grad():
        network.embedding.weight[EOS_ID] = -network.embedding.weight.sum(0)  # never probable

    def lengths(source: Tensor) -> set[int]:
        return {len(greedy_search(network, source)[0]), len(beam_search(network, source, 3))}

    assert max(lengths(SOURCE)) <= 10
    assert max(lengths(SOURCE.repeat(1, 50))) <= 128
