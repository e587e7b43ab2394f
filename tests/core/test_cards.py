"""Every bundled model has a card that is complete and true, and reading cards needs no model library."""

import math
import shutil
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import pytest
from huggingface_hub import ModelCard
from safetensors import safe_open

from zoo.core.cards import MODELS, PLAIN, SCORES, WEIGHTS_FILE, Card, bundled_cards, exhibit_cards, find_card, read_card
from zoo.core.errors import DamagedModelError, InputError, NotFoundError
from zoo.exhibits import EXHIBITS

ROOT = Path(__file__).parents[2]
MB = 10**6
EVERY_CARD = pytest.mark.parametrize("card", bundled_cards(), ids=lambda card: card.name)


def bytes_in(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


@EVERY_CARD
def test_card_has_licence_restriction_citation_and_training_data(card: Card) -> None:
    assert card.exhibit in {"feature-extraction", *(exhibit.name for exhibit in EXHIBITS)}
    assert card.title
    assert card.source == "bundled"
    assert card.licence.strip()
    assert card.restriction.strip()
    assert card.citation.strip()
    assert card.training_data
    assert all(data.name.strip() and data.licence.strip() for data in card.training_data)


@EVERY_CARD
def test_card_has_metrics_with_the_data_that_they_were_measured_on(card: Card) -> None:
    assert card.metrics
    for metric in card.metrics:
        assert 0 <= metric.value <= (100 if metric.kind in SCORES else 10 if metric.kind in PLAIN else 1)
        assert metric.name.strip()
        assert metric.dataset.strip()


@EVERY_CARD
def test_size_and_parameters_are_those_of_the_file(card: Card) -> None:
    path = MODELS / card.name / WEIGHTS_FILE
    with safe_open(path, framework="np") as file:
        shapes = [file.get_slice(name).get_shape() for name in file.keys()]  # noqa: SIM118
    assert card.size_bytes == path.stat().st_size
    assert card.parameters == sum(math.prod(shape) for shape in shapes)


@EVERY_CARD
def test_summary_is_the_card_as_json(card: Card) -> None:
    summary = asdict(card.summary())
    assert summary["restriction"] == card.restriction
    assert [metric["value"] for metric in summary["metrics"]] == [metric.value for metric in card.metrics]
    assert not {"config", "folder"} & summary.keys()  # neither the class list nor this machine's paths


@EVERY_CARD
def test_card_is_found_by_its_name(card: Card) -> None:
    assert find_card(card.name) is card
    assert card in exhibit_cards(card.exhibit)


def test_names_are_unique_and_have_no_prefix_of_a_source() -> None:
    names = [card.name for card in bundled_cards()]
    assert len(set(names)) == len(names) > 0
    assert not [name for name in names if "/" in name]


def test_a_class_has_one_label_in_all_models() -> None:
    """Averages over models, and their lists side by side, depend on it."""
    labels: dict[str, str] = {}
    for card in exhibit_cards("classify"):
        ids = [known.id for known in card.classes]
        assert len(set(ids)) == len(ids) == card.config["architecture"]["num_classes"]
        for known in card.classes:
            assert labels.setdefault(known.id, known.label) == known.label


@pytest.mark.parametrize("name", ["", "no-such-model", "nowhere/resnet50", "torchvision/no_such_model", "../models"])
def test_unknown_names_are_not_found(name: str) -> None:
    with pytest.raises(NotFoundError, match=r"no .*model named"):
        find_card(name)


@pytest.mark.parametrize("field", ["restriction", "training_data", "citation", "license"])
def test_a_card_without_a_field_that_all_must_have_is_refused(field: str, tmp_path: Path) -> None:
    folder = shutil.copytree(MODELS / bundled_cards()[0].name, tmp_path / "copy")
    assert read_card(folder).name == "copy"
    readme = ModelCard.load(folder / "README.md")
    readme.data.pop(field)
    readme.save(folder / "README.md")
    with pytest.raises(DamagedModelError, match=field):
        read_card(folder)


def test_assets_keep_to_their_shares() -> None:
    assert bytes_in(ROOT / "assets") <= 96 * MB
    classifiers = sum(bytes_in(MODELS / card.name) for card in exhibit_cards("classify"))
    assert classifiers <= (24 + 6) * MB


def test_reading_cards_imports_no_model_library() -> None:
    code = (
        "import sys; from zoo.core.cards import bundled_cards; assert [card.title for card in bundled_cards()]; "
        "print(sorted({'torch', 'torchvision', 'transformers'} & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stdout) == (0, "[]\n"), done.stderr


def test_class_is_found_by_id_and_label_and_by_its_own_case_first() -> None:
    card = find_card("mobilenet-v2")
    dog, garment = card.class_index("Cardigan"), card.class_index(" cardigan")
    assert [card.classes[index].id for index in (dog, garment)] == ["n02113186", "n02963159"]
    assert card.class_index("n02963159") == card.class_index("N02963159") == garment
    assert card.class_index("ESPRESSO") == card.class_index("espresso")
    for name in ("", " ", "unicorn"):
        with pytest.raises(InputError, match="has no class"):
            card.class_index(name)
