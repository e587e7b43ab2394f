"""torchvision's registry as cards, and its files as networks; nothing here touches the network."""

import hashlib
import re
from pathlib import Path

import pytest
import torch
from torchvision import models

from zoo.core.cards import exhibit_cards, find_card
from zoo.core.errors import NotFoundError, UnavailableError
from zoo.core.preprocessing import FILTERS, Preprocessing
from zoo.sources import torchvision as source

EVERY_NAME = pytest.mark.parametrize("name", source.names())
SMALL = "torchvision/shufflenet_v2_x0_5"


@EVERY_NAME
def test_every_official_classifier_has_a_complete_card(name: str) -> None:
    card = find_card(name)
    assert (card.name, card.exhibit, card.source) == (name, "classify", "torchvision")
    assert card.restriction in ("research use", "non-commercial")
    assert card.licence
    assert card.citation
    assert card.size_bytes > card.parameters > 1e6
    assert card.metrics
    assert all(0 < metric.value < 1 for metric in card.metrics)
    (view,) = Preprocessing.from_config(card.config["preprocessing"]).views
    assert view.interpolation in FILTERS
    assert len(card.classes) == 1000


@EVERY_NAME
def test_every_download_is_checked_against_a_published_hash(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "download", lambda *arguments: iter([arguments]))
    ((url, path, prefix),) = source.fetch(find_card(name))
    assert url.startswith("https://download.pytorch.org/models/")
    assert path.name == url.rpartition("/")[2]
    assert re.fullmatch(r"[0-9a-f]{8,}", prefix)


def test_weights_under_a_licence_of_their_own_are_marked() -> None:
    assert find_card("torchvision/vit_h_14").restriction == "non-commercial"
    assert "SWAG" in find_card("torchvision/vit_h_14").licence


def test_classes_carry_the_names_of_our_own_models() -> None:
    (ours,) = [card for card in exhibit_cards("classify") if len(card.classes) == 1000]
    assert find_card(SMALL).classes == ours.classes


def test_only_classifiers_are_offered() -> None:
    with pytest.raises(NotFoundError, match="fcn_resnet50"):
        find_card("torchvision/fcn_resnet50")


def test_an_intact_file_in_the_cache_is_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    reference = models.shufflenet_v2_x0_5().eval()
    card = find_card(SMALL)
    path = source.weights_path(card)
    assert path.is_relative_to(tmp_path)
    path.parent.mkdir(parents=True)
    torch.save(reference.state_dict(), path)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    monkeypatch.setattr(source, "_hash", lambda card: digest[:8])
    before = torch.get_rng_state()
    network = source.load(card).eval()
    assert torch.equal(torch.get_rng_state(), before)
    pixels = torch.rand(1, 3, 64, 64)
    assert torch.equal(network(pixels), reference(pixels))


def test_a_damaged_file_in_the_cache_is_set_aside_and_fetched_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    monkeypatch.setenv("ZOO_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("ZOO_OFFLINE", "1")
    card = find_card(SMALL)
    path = source.weights_path(card)
    path.parent.mkdir(parents=True)
    path.write_bytes(b"not the weights")
    with pytest.raises(UnavailableError, match="needs the network, and that is switched off here"):
        source.load(card)
    assert not path.exists()
    assert path.with_name(f"{path.name}.damaged").read_bytes() == b"not the weights"
