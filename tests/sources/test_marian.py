"""Marian in our network gives the logits and translations of transformers, from files where a download leaves them."""

import warnings
from pathlib import Path

import pytest
import torch
from huggingface_hub import constants

from tests.hub import MARIAN, SENTENCES, write_marian
from zoo.core.errors import InputError
from zoo.core.loading import TokenizedModel, load
from zoo.core.runtime import Runtime, set_runtime
from zoo.exhibits.translate import align, translate, translate_texts
from zoo.exhibits.translate.decode import beam_search, greedy_search
from zoo.exhibits.translate.knobs import TranslateKnobs
from zoo.exhibits.translate.predict import tokenize

TEXTS = [*SENTENCES, "petit zoo 🎉 late"]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    kept = write_marian(tmp_path)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    return kept


@pytest.fixture
def model(folder: Path) -> TokenizedModel:
    return load(MARIAN).eval()  # type: ignore[return-value]


@pytest.fixture
def reference(folder: Path) -> tuple:  # type: ignore[type-arg]
    import transformers

    network = transformers.MarianMTModel(transformers.MarianConfig.from_pretrained(folder))
    network.load_state_dict(torch.load(folder / "pytorch_model.bin", weights_only=True))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it misses sacremoses, which changes quotation marks before tokenization
        return network.eval(), transformers.MarianTokenizer.from_pretrained(folder)


def test_tokenizers_encode_and_decode_alike(model: TokenizedModel, reference: tuple) -> None:  # type: ignore[type-arg]
    _, tokenizer = reference
    for text in TEXTS:
        (encoding,) = model.tokenizer.encode_batch([text])
        assert encoding.ids == tokenizer(text).input_ids
    row = list(range(2, 20))
    assert model.tokenizer.decode_batch([row]) == [tokenizer.decode(row, skip_special_tokens=True)]


@torch.inference_mode()
def test_logits_are_equal(model: TokenizedModel, reference: tuple) -> None:  # type: ignore[type-arg]
    network, tokenizer = reference
    batch = tokenizer(TEXTS, padding=True, return_tensors="pt")
    bos_id = network.config.decoder_start_token_id
    target = torch.tensor([[bos_id, 5, 9, 3, 17]] * len(TEXTS))
    theirs = network(**batch, decoder_input_ids=target).logits
    torch.testing.assert_close(tokenize(TEXTS, model), batch.input_ids)
    ours = model.network(batch.input_ids, target)
    torch.testing.assert_close(ours[..., :-1], theirs[..., :-1], atol=1e-4, rtol=1e-4)
    assert torch.isinf(ours[..., -1]).all()  # the padding token is never generated


@pytest.mark.parametrize("beams", [1, 3])
def test_translations_are_equal(model: TokenizedModel, reference: tuple, beams: int) -> None:  # type: ignore[type-arg]
    network, tokenizer = reference
    for text in TEXTS:
        batch = tokenizer([text], return_tensors="pt")
        limit = max(10, 2 * batch.input_ids.shape[1])
        options = {"num_beams": beams, "max_new_tokens": limit, "bad_words_ids": [[network.config.pad_token_id]]}
        if beams == 1:
            (theirs,) = network.generate(**batch, **options)
            (ours,) = greedy_search(model.network, batch.input_ids)  # type: ignore[arg-type]
            assert ours == [id for id in theirs[1:].tolist() if id != 0]
        else:
            # transformers keeps fewer prefixes once some have ended: ours may only be more probable.
            (theirs,) = network.generate(**batch, **options, length_penalty=0.0)
            ours = beam_search(model.network, batch.input_ids, beams, alpha=0.0)  # type: ignore[arg-type]
            reference_ids = [id for id in theirs[1:].tolist() if id != 0]
            scores = [score(network, batch, output_ids) for output_ids in (ours, reference_ids)]
            assert scores[0] >= scores[1] - 1e-3


@torch.inference_mode()
def score(network: torch.nn.Module, batch: dict[str, torch.Tensor], output_ids: list[int]) -> float:
    """The log-probability of a translation with its end."""
    bos_id = network.config.decoder_start_token_id
    target = torch.tensor([[bos_id, *output_ids, 0]])
    logits = network(**batch, decoder_input_ids=target[:, :-1]).logits
    logits[..., bos_id] = -torch.inf
    return float(logits.log_softmax(2).gather(2, target[:, 1:, None]).sum())


def test_the_engine_marian_translates(folder: Path) -> None:
    with Runtime(load) as runtime:
        set_runtime(runtime)
        try:
            result = translate(SENTENCES[0], TranslateKnobs(engine="marian", beams=1))
            assert (result.model, result.restriction) == (MARIAN, "terms unclear")
            assert [result.translation] == translate_texts(MARIAN, [SENTENCES[0]], 1)
            with pytest.raises(InputError, match="choose the engine bundled"):
                align(SENTENCES[0], "zoo", MARIAN)
        finally:
            set_runtime(None)
