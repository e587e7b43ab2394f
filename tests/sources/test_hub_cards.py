"""Any model of the hub by its name: its card, its download, and what is refused."""

import json
from collections import deque
from pathlib import Path

import pytest

from tests.hub_server import REVISION, HubServer, hub_server, publish
from tests.tiny_models import write_vit
from zoo.core import loading
from zoo.core.cards import find_card
from zoo.core.errors import InputError, NotFoundError, UnavailableError
from zoo.core.loading import load
from zoo.sources import hub_cards

NAME = "hub/owner/tiny"


def test_card_has_the_facts_of_the_page_and_a_pinned_revision(hub: HubServer, repository: Path) -> None:
    network = write_vit(repository)
    facts = {"license": "mit", "datasets": ["imagenet-1k"]}
    publish(hub, repository, pipeline_tag="image-classification", cardData=facts)
    card = find_card(NAME)
    assert card.name == f"{NAME}@{REVISION}"
    assert (card.exhibit, card.source, card.licence, card.title) == ("classify", "hub", "mit", "owner/tiny")
    assert card.size_bytes == (repository / "model.safetensors").stat().st_size
    assert card.parameters == pytest.approx(sum(p.numel() for p in network.parameters()), rel=0.2)
    assert [known.label for known in card.classes] == ["cat", "dog", "espresso"]
    assert card.training_data[0].name == "imagenet-1k"
    assert "mit" in card.restriction
    assert not loading.is_cached(card)
    assert not any("model.safetensors" in request for request in hub.requests)


def test_a_card_that_was_made_once_opens_without_a_network(hub: HubServer, repository: Path) -> None:
    write_vit(repository)
    publish(hub, repository, pipeline_tag="image-classification")
    card = find_card(NAME)
    deque(loading.fetch(card), maxlen=0)
    assert loading.is_cached(card)
    requests = len(hub.requests)
    hub_cards.find.cache_clear()
    hub.repositories.clear()
    assert find_card(card.name) == card
    load(card.name)
    assert len(hub.requests) == requests


@pytest.mark.parametrize(
    ("architecture", "exhibit"),
    [
        ("ViTForImageClassification", "classify"),
        ("ASTForAudioClassification", "sound"),
        ("BertForSequenceClassification", "sentiment"),
        ("MarianMTModel", "translate"),
        ("LlamaForCausalLM", "generate"),
    ],
)
def test_without_a_task_on_its_page_the_architecture_tells_it(
    hub: HubServer, repository: Path, architecture: str, exhibit: str
) -> None:
    write_vit(repository)
    config = json.loads((repository / "config.json").read_text()) | {"architectures": [architecture]}
    (repository / "config.json").write_text(json.dumps(config))
    if exhibit != "classify":
        (repository / "preprocessor_config.json").unlink()
    publish(hub, repository)
    assert find_card(NAME).exhibit == exhibit


def test_unknown_models_are_not_found(hub: HubServer, repository: Path) -> None:
    write_vit(repository)
    publish(hub, repository, pipeline_tag="image-classification")
    with pytest.raises(NotFoundError, match="no model named 'owner/other'"):
        find_card("hub/owner/other")
    with pytest.raises(NotFoundError, match="no such revision"):
        find_card(f"{NAME}@{'f' * 40}")
    for name in ("hub/owner/tiny/more", "hub/../tiny", "hub/owner/tiny@", "hub/ow ner/tiny"):
        with pytest.raises(NotFoundError):
            find_card(name)


def test_without_a_network_the_error_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZOO_DATA", str(tmp_path / "data"))
    with hub_server(tmp_path / "cache", monkeypatch) as hub:
        hub.server_close()
        hub.shutdown()
        with pytest.raises(UnavailableError, match="check the network"):
            find_card("hub/owner/unreachable")


def test_models_that_cannot_be_used_are_refused(hub: HubServer, repository: Path) -> None:
    def refusal(revision: str) -> str:
        publish(hub, repository, revision * 40, pipeline_tag="object-detection")
        hub_cards.find.cache_clear()
        with pytest.raises(InputError) as caught:
            find_card(NAME)
        return str(caught.value)

    write_vit(repository)
    config = json.loads((repository / "config.json").read_text())
    (repository / "config.json").write_text(json.dumps(config | {"architectures": ["DetrForObjectDetection"]}))
    assert "object-detection" in refusal("a")
    (repository / "config.json").write_text(json.dumps(config | {"auto_map": {"AutoModel": "modeling.Own"}}))
    assert "code from its repository" in refusal("b")
    (repository / "config.json").write_text(json.dumps(config))
    (repository / "model.safetensors").rename(repository / "pytorch_model.bin")
    assert "safetensors" in refusal("c")


def test_a_model_larger_than_memory_is_not_downloaded(
    hub: HubServer, repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_vit(repository)
    publish(hub, repository, pipeline_tag="image-classification")
    monkeypatch.setattr("zoo.sources.hub.memory_limit_bytes", lambda: 1000)
    with pytest.raises(InputError, match="memory: choose a smaller model"):
        deque(loading.fetch(find_card(NAME)), maxlen=0)


def test_python_files_of_a_repository_are_never_fetched(hub: HubServer, repository: Path, tmp_path: Path) -> None:
    write_vit(repository)
    (repository / "modeling.py").write_text("raise SystemExit")
    (repository / "pytorch_model.bin").write_bytes(b"pickle")
    publish(hub, repository, pipeline_tag="image-classification")
    load(NAME)
    assert not list((tmp_path / "cache").rglob("*.py"))
    assert not list((tmp_path / "cache").rglob("*.bin"))


def test_a_damaged_page_is_set_aside_and_asked_for_again(hub: HubServer, repository: Path, tmp_path: Path) -> None:
    write_vit(repository)
    publish(hub, repository, pipeline_tag="image-classification")
    name = find_card("hub/owner/tiny").name
    (stored,) = (tmp_path / "data" / "hub").iterdir()
    stored.write_text("<html>")
    hub_cards.find.cache_clear()
    assert find_card(name).name == name
    assert stored.with_name(f"{stored.name}.damaged").read_text() == "<html>"


def test_a_damaged_configuration_is_set_aside_and_fetched_again(
    hub: HubServer, repository: Path, tmp_path: Path
) -> None:
    write_vit(repository)
    publish(hub, repository, pipeline_tag="image-classification")
    find_card("hub/owner/tiny")
    (config,) = (tmp_path / "cache").glob("**/snapshots/*/config.json")
    blob, good = config.resolve(), config.read_bytes()
    blob.write_bytes(b"<html>")
    hub_cards.find.cache_clear()
    find_card("hub/owner/tiny")
    assert config.read_bytes() == good
    assert blob.with_name(f"{blob.name}.damaged").read_bytes() == b"<html>"


@pytest.mark.parametrize("page", [b"<html>Welcome</html>", b"[]", b"{}"])
def test_a_page_that_is_not_the_hubs_is_a_sentence(hub: HubServer, tmp_path: Path, page: bytes) -> None:
    hub.login_page = page
    with pytest.raises(UnavailableError, match="login page"):
        find_card("hub/owner/tiny")
    assert not (tmp_path / "data" / "hub").exists()


def test_a_page_that_cannot_be_kept_is_used(hub: HubServer, repository: Path, tmp_path: Path) -> None:
    write_vit(repository)
    publish(hub, repository, pipeline_tag="image-classification")
    (tmp_path / "data").mkdir(exist_ok=True)
    (tmp_path / "data" / "hub").write_text("a file where the folder would be")
    assert find_card("hub/owner/tiny").exhibit == "classify"
