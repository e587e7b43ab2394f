"""A class is found by what people call it, or the error says which classes they may have meant."""

import contextlib
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zoo.core.cards import find_card
from zoo.core.class_names import class_index, nearest
from zoo.core.errors import InputError


@dataclass(frozen=True)
class Class:
    id: str
    label: str


BIRD, MACHINE, SUIT = Class("n1", "heron (bird)"), Class("n2", "seal (machine)"), Class("n3", "seal (animal)")
CLASSES = [BIRD, MACHINE, SUIT, Class("n4", "golden retriever"), Class("n5", "Tabby"), Class("n6", "tabby")]


@pytest.mark.parametrize(
    ("name", "index"),
    [
        ("heron", 0),
        ("HERON", 0),
        ("heron bird", 0),
        ("heron, bird", 0),
        ("seal (machine)", 1),
        ("n3", 2),
        ("golden_retriever", 3),
        ("Golden-Retriever", 3),
        ("Tabby", 4),
        ("tabby", 5),
    ],
)
def test_a_class_is_found_without_its_qualifier_or_punctuation(name: str, index: int) -> None:
    assert class_index("model", CLASSES, name) == index


def test_a_name_of_several_classes_lists_them_with_their_ids() -> None:
    for name in ("seal", "SEAL "):
        with pytest.raises(InputError, match=r"several classes named .*seal \(machine\), n2 or seal \(animal\), n3"):
            class_index("model", CLASSES, name)
    with pytest.raises(InputError, match=r"Tabby, n5 or tabby, n6"):
        class_index("model", CLASSES, "TABBY")


@pytest.mark.parametrize(("name", "near"), [("goldn retriever", "golden retriever"), ("retriever", "golden retriever")])
def test_a_misspelt_class_gets_the_nearest_ones(name: str, near: str) -> None:
    with pytest.raises(InputError, match=f"did you mean {near}, n4"):
        class_index("model", CLASSES, name)
    with pytest.raises(InputError, match="choose one of its own"):
        class_index("model", CLASSES, "qqqq")


@given(st.text(max_size=30))
def test_any_name_gives_an_index_or_a_sentence(name: str) -> None:
    assert len(nearest(CLASSES, name)) <= 4
    with contextlib.suppress(InputError):
        assert 0 <= class_index("model", CLASSES, name) < len(CLASSES)


@pytest.mark.parametrize("model", ["mobilenet-v2", "resnet-18", "cifar10-resnet", "sound-audionet"])
def test_every_bundled_class_is_found_by_its_label_and_by_its_id(model: str) -> None:
    card = find_card(model)
    for index, known in enumerate(card.classes):
        assert card.class_index(known.label) == index
        assert card.class_index(known.id) == index


def test_the_cranes_of_imagenet() -> None:
    with pytest.raises(InputError, match=r"crane \(bird\), n02012849 or crane \(machine\), n03126707"):
        find_card("mobilenet-v2").class_index("crane")
    card = find_card("resnet-18")
    assert card.classes[card.class_index("crane")].label == "crane (machine)"
