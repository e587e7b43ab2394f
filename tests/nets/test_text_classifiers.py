"""Classifiers of texts: padding, parity with transformers, and how they compute."""

import pytest
import torch
from torch.nn import functional as F

from zoo.nets.roberta import PAD as ROBERTA_PAD
from zoo.nets.roberta import Roberta
from zoo.nets.small_steps import LARGE
from zoo.nets.text_classifiers import GPT2Classifier, TweetClassifier
from zoo.nets.tweetlstm import PAD, TweetLSTM


def test_padding_changes_no_logit_of_the_lstm() -> None:
    torch.manual_seed(0)
    network = TweetLSTM(vocab_size=50, embedding_dim=8, hidden_size=6).eval()
    torch.nn.init.normal_(network.embedding.weight)
    row = torch.randint(1, 50, (1, 7))
    for alone, padded in zip(network(row), network(F.pad(row, (0, 9), value=PAD)), strict=True):
        assert torch.allclose(alone, padded, atol=1e-6)


def test_roberta_computes_the_logits_of_transformers() -> None:
    import transformers

    torch.manual_seed(0)
    config = transformers.RobertaConfig(
        vocab_size=60,
        hidden_size=32,
        intermediate_size=48,
        num_hidden_layers=2,
        num_attention_heads=4,
        max_position_embeddings=40,
        type_vocab_size=1,
        num_labels=3,
    )
    reference = transformers.RobertaForSequenceClassification(config).eval()
    for parameter in reference.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    network = Roberta(num_classes=3, vocab_size=60, n_positions=40, d_model=32, n_layers=2, n_heads=4, d_ff=48).eval()
    network.load_state_dict(reference.state_dict())
    input_ids = torch.randint(4, 60, (3, 20))
    input_ids[1, 12:] = ROBERTA_PAD
    with torch.inference_mode():
        expected = reference(input_ids, attention_mask=(input_ids != ROBERTA_PAD).long()).logits
        torch.testing.assert_close(network(input_ids), expected, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize(("d_model", "small"), [(8, True), (LARGE, False)])
def test_a_classifier_has_the_small_steps_of_its_encoder(d_model: int, small: bool) -> None:
    with torch.device("meta"):
        lstm = TweetClassifier(vocab_size=9, embedding_dim=8, hidden_size=6, num_classes=3)
        gpt2 = GPT2Classifier(vocab_size=9, n_positions=8, d_model=d_model, n_layers=1, n_heads=2, num_classes=3)
    assert (lstm.small_steps, gpt2.small_steps) == (True, small)
