"""The hub's pinned models as cards, as downloads from a server in this process, and as networks; nothing is online."""

import re
import threading
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from huggingface_hub import close_session, constants

from tests.hub import GPT2, MARIAN, ROBERTA, SENTENCES, write_gpt2, write_roberta
from tests.hub_server import LOGIN_PAGE, PATIENCE, HubServer, Repository, hub_server
from zoo.core.cards import find_card
from zoo.core.errors import NotFoundError, StorageError, UnavailableError
from zoo.core.loading import load
from zoo.core.runtime import Runtime, set_runtime
from zoo.core.sources import PinnedModel, pinned_models
from zoo.exhibits.sentiment import SentimentKnobs, sentiment
from zoo.exhibits.sentiment.knobs import SingleModelKnobs
from zoo.exhibits.sentiment.occlusion import word_contributions
from zoo.exhibits.sentiment.predict import probabilities
from zoo.sources import hub as source
from zoo.sources import hub_download
from zoo.sources.hub_download import check_hash, download

REVISION = Repository(Path()).revision


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    return write_roberta(tmp_path)


@pytest.fixture
def runtime(folder: Path) -> Iterator[Runtime]:
    """One of the test's own, so that no stand-in stays in the shared one."""
    with Runtime(load) as runtime:
        set_runtime(runtime)
        yield runtime
        set_runtime(None)


def reference(folder: Path, texts: list[str]) -> np.ndarray:
    import transformers

    state = torch.load(folder / "pytorch_model.bin", weights_only=True)
    network = transformers.RobertaForSequenceClassification(transformers.RobertaConfig.from_pretrained(folder))
    network.load_state_dict(state)
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    with torch.inference_mode():
        return network.eval()(**tokenizer(texts, padding=True, return_tensors="pt")).logits.softmax(1).numpy()


# Cards


@pytest.mark.parametrize("model", pinned_models(), ids=lambda model: model.repository)
def test_pinned_models_have_complete_cards(model: PinnedModel) -> None:
    card = find_card(model.card.name)
    assert card == model.card
    assert card.source == "hub"
    assert re.fullmatch("[0-9a-f]{40}", model.revision)
    assert re.fullmatch("([0-9a-f]{64})?", model.sha256)
    assert card.licence
    assert card.citation
    assert 3.9 < card.size_bytes / card.parameters < 4.1


def test_pinned_models_are_offered_for_their_task() -> None:
    assert ROBERTA in source.names("text-classification")
    assert GPT2 in source.names("text-generation")
    assert MARIAN in source.names("translation")
    assert source.names("image-classification") == []


def test_an_unknown_short_name_lists_the_pinned_models() -> None:
    with pytest.raises(NotFoundError, match="hub/twitter-roberta"):
        find_card("hub/something")


# Downloads


@pytest.mark.parametrize(
    ("name", "files"),
    [
        (ROBERTA, ["config.json", "vocab.json", "merges.txt", "pytorch_model.bin"]),
        (GPT2, ["config.json", "vocab.json", "merges.txt", "model.safetensors"]),
        (MARIAN, ["config.json", "vocab.json", "source.spm", "target.spm", "pytorch_model.bin"]),
    ],
)
def test_every_file_comes_from_the_pinned_revision(
    name: str, files: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(source, "download", lambda *arguments: iter([arguments]))
    model = source.pinned(name)
    ((repository, revision, fetched, _, hashes),) = source.fetch(find_card(name))
    assert (repository, revision, list(fetched)) == (model.repository, model.revision, files)
    assert hashes == {files[-1]: model.sha256}


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[HubServer]:
    with hub_server(tmp_path / "cache", monkeypatch) as server:
        folder = tmp_path / "repository"
        folder.mkdir()
        (folder / "config.json").write_text("{}")
        (folder / "model.safetensors").write_bytes(bytes(range(256)) * 400)
        server.repositories["owner/name"] = Repository(folder)
        yield server


FILES = ["config.json", "model.safetensors"]


def test_download_is_complete_and_reports_its_progress(server: HubServer) -> None:
    steps = download("owner/name", REVISION, FILES, 102_402)
    records = list(steps)
    counts = [record.step for record in records]
    assert counts == sorted(counts)
    assert {record.total for record in records} == {102_402}
    folder = Path(constants.HF_HUB_CACHE, "models--owner--name", "snapshots", REVISION)
    assert (folder / "model.safetensors").read_bytes() == bytes(range(256)) * 400
    requests = len(server.requests)
    assert list(download("owner/name", REVISION, FILES, 102_402)) == []
    assert len(server.requests) == requests


def test_a_closed_download_is_cancelled_and_leaves_no_file(server: HubServer, tmp_path: Path) -> None:
    server.open.clear()
    steps = download("owner/name", REVISION, FILES, 102_402)
    while next(steps).step == 0:
        pass
    steps.close()
    server.open.set()
    assert not (tmp_path / "cache/models--owner--name/snapshots" / REVISION / FILES[1]).exists()
    deque(download("owner/name", REVISION, FILES, 102_402), maxlen=0)
    assert (tmp_path / "cache/models--owner--name/snapshots" / REVISION / FILES[1]).exists()


def test_a_wrong_hash_is_refused_and_the_file_removed(server: HubServer, tmp_path: Path) -> None:
    with pytest.raises(UnavailableError, match="damaged"):
        deque(download("owner/name", REVISION, FILES, 1, {FILES[1]: "0" * 64}), maxlen=0)
    assert not (tmp_path / "cache/models--owner--name/snapshots" / REVISION / FILES[1]).exists()
    server.etag = "f" * 64
    with pytest.raises(UnavailableError, match="damaged"):
        deque(download("owner/name", REVISION, ["model.safetensors"], 1), maxlen=0)


SNAPSHOT = Path("cache/models--owner--name/snapshots") / REVISION


def fetched(server: HubServer) -> None:
    deque(download("owner/name", REVISION, FILES, 102_402), maxlen=0)


@pytest.mark.parametrize(("file", "content"), [(FILES[0], b"<html>"), (FILES[0], b'{"a": 1}'), (FILES[1], b"zeros")])
def test_a_damaged_file_in_the_cache_is_set_aside_and_fetched_again(
    server: HubServer, tmp_path: Path, file: str, content: bytes
) -> None:
    fetched(server)
    path = tmp_path / SNAPSHOT / file
    good, blob = path.read_bytes(), path.resolve()
    blob.write_bytes(content)
    fetched(server)
    assert path.read_bytes() == good
    assert blob.with_name(f"{blob.name}.damaged").read_bytes() == content


@pytest.mark.parametrize("to_head", [False, True])
def test_a_login_page_is_never_kept(server: HubServer, tmp_path: Path, to_head: bool) -> None:
    server.login_page, server.login_page_to_head = LOGIN_PAGE, to_head
    with pytest.raises(UnavailableError, match=r"login page|could not be downloaded"):
        fetched(server)
    assert not (tmp_path / SNAPSHOT / FILES[0]).exists()
    server.login_page = b""
    fetched(server)
    assert (tmp_path / SNAPSHOT / FILES[0]).read_bytes() == b"{}"


@pytest.mark.parametrize(("status", "words"), [(403, "refuses it"), (500, "has a fault")])
def test_a_refusal_is_told_by_its_status(server: HubServer, status: int, words: str) -> None:
    server.status = status
    with pytest.raises(UnavailableError, match=words):
        fetched(server)


def test_a_plain_404_is_no_trouble_of_the_network(server: HubServer) -> None:
    server.status = 404
    with pytest.raises(NotFoundError, match="does not exist on"):
        fetched(server)


def test_offline_the_hub_is_not_asked(server: HubServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZOO_OFFLINE", "1")
    with pytest.raises(UnavailableError, match="ZOO_OFFLINE"):
        fetched(server)
    assert server.requests == []


def test_a_model_beyond_the_operators_limit_is_not_asked_for(
    server: HubServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ZOO_DOWNLOAD_GB", "0.0001")
    with pytest.raises(StorageError, match="ZOO_DOWNLOAD_GB"):
        fetched(server)
    assert server.requests == []


def test_a_model_larger_than_its_page_states_is_given_up(server: HubServer, monkeypatch: pytest.MonkeyPatch) -> None:
    cancelled = []

    def endless(*arguments: Any) -> None:
        *_, transfer, done = arguments
        transfer.received = 2 * hub_download.SMALL
        cancelled.append(transfer.cancelled.wait(PATIENCE))
        done.set_result(None)

    monkeypatch.setattr(hub_download, "_work", endless)
    with pytest.raises(UnavailableError, match="larger than its page states"):
        deque(download("owner/name", REVISION, FILES, 10), maxlen=0)
    worker = next((each for each in threading.enumerate() if each.name == "hub-download"), None)
    if worker:
        worker.join(PATIENCE)
    assert cancelled == [True]


def test_a_file_without_a_known_hash_is_not_checked(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"content")
    check_hash(path)
    assert path.exists()


@pytest.mark.parametrize(
    ("repository", "revision", "file", "words"),
    [
        ("owner/other", REVISION, FILES[0], "no model named 'owner/other'"),
        ("owner/name", "f" * 40, FILES[0], "no such revision"),
        ("owner/name", REVISION, "other.json", "lacks a file"),
    ],
)
def test_what_the_hub_does_not_have_is_not_found(
    server: HubServer, repository: str, revision: str, file: str, words: str
) -> None:
    with pytest.raises(NotFoundError, match=words):
        deque(download(repository, revision, [file], 1), maxlen=0)


def test_without_a_network_the_error_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    close_session()
    with pytest.raises(UnavailableError, match=r"huggingface\.co: check the network"):
        source.load(find_card(ROBERTA))
    close_session()


# Networks


def test_loaded_network_answers_as_transformers_own(folder: Path, runtime: Runtime) -> None:
    texts = [*SENTENCES, "late"]
    ours = probabilities(ROBERTA, texts)
    np.testing.assert_allclose(ours, reference(folder, texts), atol=1e-5)
    binary = probabilities(ROBERTA, texts, neutral=False)
    np.testing.assert_allclose(binary, ours[:, [0, 2]] / ours[:, [0, 2]].sum(1, keepdims=True), atol=1e-5)


def test_a_gpt2_of_the_hub_has_the_logits_of_transformers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import transformers

    folder = write_gpt2(tmp_path)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    model = load(GPT2)
    state = torch.load(folder / "pytorch_model.bin", weights_only=True)
    reference = transformers.GPT2LMHeadModel(transformers.GPT2Config.from_pretrained(folder)).eval()
    reference.load_state_dict(state)
    ids = model.tokenizer.encode(SENTENCES[1]).ids
    tokenizer = transformers.GPT2TokenizerFast(str(folder / "vocab.json"), str(folder / "merges.txt"))
    assert tokenizer(SENTENCES[1])["input_ids"] == ids
    assert model.tokenizer.decode(ids) == SENTENCES[1]
    with torch.inference_mode():
        logits, _ = model.network(torch.tensor([ids]))
        torch.testing.assert_close(logits, reference(torch.tensor([ids])).logits, atol=1e-4, rtol=1e-4)


def test_names_and_links_are_masked_as_in_its_training_data(runtime: Runtime) -> None:
    raw, masked = probabilities(ROBERTA, ["@somebody love https://example.com/a?b=c", "@user love http"])
    np.testing.assert_allclose(raw, masked, atol=1e-6)


@pytest.mark.parametrize("text", ["", " ", "🎉", "a" * 5000, "love " * 2000, "\x00\ud800"])
def test_any_text_has_an_answer(runtime: Runtime, text: str) -> None:
    (row,) = probabilities(ROBERTA, [text])
    assert row.sum() == pytest.approx(1, abs=1e-5)


def test_contribution_of_a_word_is_the_change_of_polarity_without_it(folder: Path, runtime: Runtime) -> None:
    words = word_contributions("this zoo @somebody love", SingleModelKnobs(model=ROBERTA)).words
    assert [word.word for word in words] == ["this", "zoo", "@somebody", "love"]
    # The last word's tokens begin with a space, so that the text without it is the text that ends before it.
    complete, without = (row[2] - row[0] for row in reference(folder, ["this zoo @user love", "this zoo @user"]))
    assert words[-1].contribution == pytest.approx(complete - without, abs=1e-5)


def test_it_answers_beside_the_bundled_model(runtime: Runtime) -> None:
    answers = sentiment(SENTENCES[0], SentimentKnobs(model=["tweet-lstm", ROBERTA])).answers
    assert [answer.model for answer in answers] == ["tweet-lstm", ROBERTA]
    assert len({frozenset(prediction.label for prediction in answer.predictions) for answer in answers}) == 1


def test_loading_draws_no_random_number_from_the_global_generator(folder: Path) -> None:
    torch.manual_seed(1)
    expected = torch.rand(1)
    torch.manual_seed(1)
    load(ROBERTA)
    assert torch.rand(1) == expected
