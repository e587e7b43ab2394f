"""Marian's networks answer in ours as in transformers, from files where a download would leave them."""

import warnings
from pathlib import Path

import pytest
import torch

from tests.hub import MARIAN, SENTENCES, keep_marian
from zoo.core.errors import InputError
from zoo.core.loading import TokenizedModel, load
from zoo.core.runtime import Runtime, set_runtime
from zoo.exhibits.translate import align, translate, translations
from zoo.exhibits.translate.decode import beam, greedy
from zoo.exhibits.translate.knobs import TranslateKnobs
from zoo.exhibits.translate.predict import read
from zoo.sources import hub as source

TEXTS = [*SENTENCES, "petit zoo 🎉 late"]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    kept = keep_marian(tmp_path)
    monkeypatch.setattr(source.constants, "HF_HUB_CACHE", str(tmp_path))
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
        warnings.simplefilter("ignore")  # it misses sacremoses, which changes quotation marks before it cuts
        return network.eval(), transformers.MarianTokenizer.from_pretrained(folder)


def test_texts_are_cut_and_joined_alike(model: TokenizedModel, reference: tuple) -> None:  # type: ignore[type-arg]
    _, cutter = reference
    for text in TEXTS:
        (cut,) = model.tokenizer.encode_batch([text])
        assert cut.ids == cutter(text).input_ids
    row = list(range(2, 20))
    assert model.tokenizer.decode_batch([row]) == [cutter.decode(row, skip_special_tokens=True)]


@torch.inference_mode()
def test_logits_are_equal(model: TokenizedModel, reference: tuple) -> None:  # type: ignore[type-arg]
    network, cutter = reference
    batch = cutter(TEXTS, padding=True, return_tensors="pt")
    begin = network.config.decoder_start_token_id
    target = torch.tensor([[begin, 5, 9, 3, 17]] * len(TEXTS))
    theirs = network(**batch, decoder_input_ids=target).logits
    torch.testing.assert_close(read(TEXTS, model), batch.input_ids)
    ours = model.network(batch.input_ids, target)
    torch.testing.assert_close(ours[..., :-1], theirs[..., :-1], atol=1e-4, rtol=1e-4)
    assert torch.isinf(ours[..., -1]).all()  # the filler is never said


@pytest.mark.parametrize("beams", [1, 3])
def test_translations_are_equal(model: TokenizedModel, reference: tuple, beams: int) -> None:  # type: ignore[type-arg]
    network, cutter = reference
    for text in TEXTS:
        batch = cutter([text], return_tensors="pt")
        limit = max(10, 2 * batch.input_ids.shape[1])
        options = {"num_beams": beams, "max_new_tokens": limit, "bad_words_ids": [[network.config.pad_token_id]]}
        if beams == 1:
            (theirs,) = network.generate(**batch, **options)
            (ours,) = greedy(model.network, batch.input_ids)  # type: ignore[arg-type]
            assert ours == [id for id in theirs[1:].tolist() if id != 0]
        else:
            # They let fewer beginnings live on than beams once some have ended: ours may only be likelier.
            (theirs,) = network.generate(**batch, **options, length_penalty=0.0)
            ours = beam(model.network, batch.input_ids, beams, penalty=0.0)  # type: ignore[arg-type]
            scores = [score(network, batch, said) for said in (ours, [id for id in theirs[1:].tolist() if id != 0])]
            assert scores[0] >= scores[1] - 1e-3


@torch.inference_mode()
def score(network: torch.nn.Module, batch: dict[str, torch.Tensor], said: list[int]) -> float:
    """The log-probability of a translation with its end."""
    begin = network.config.decoder_start_token_id
    target = torch.tensor([[begin, *said, 0]])
    logits = network(**batch, decoder_input_ids=target[:, :-1]).logits
    logits[..., begin] = -torch.inf
    return float(logits.log_softmax(2).gather(2, target[:, 1:, None]).sum())


def test_it_serves_the_library_under_its_engine(folder: Path) -> None:
    with Runtime(load) as own:
        set_runtime(own)
        try:
            found = translate(SENTENCES[0], TranslateKnobs(engine="marian", beams=1))
            assert (found.model, found.restriction) == (MARIAN, "terms unclear")
            assert [found.translation] == translations(MARIAN, [SENTENCES[0]], 1)
            with pytest.raises(InputError, match="ask a bundled one"):
                align(SENTENCES[0], "zoo", MARIAN)
        finally:
            set_runtime(None)
