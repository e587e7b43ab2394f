"""Inside: layers and their costs, activations, statistics and bad input, on bundled networks."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

import zoo
from tests.exported import save_model
from zoo.core import user_models
from zoo.core.cards import find_card
from zoo.core.errors import InputError, NotFoundError
from zoo.core.inputs import Document
from zoo.core.knobs import parse_knobs
from zoo.core.runtime import get_runtime
from zoo.examples import example_path
from zoo.exhibits import inside
from zoo.exhibits.inside.byte_cache import ByteCache
from zoo.exhibits.inside.counting import count
from zoo.exhibits.inside.recording import record_pass, recorded

SMALL = "cifar10-resnet-robust"
INPUTS: dict[str, Any] = {
    SMALL: Path(example_path("coffee")),
    "mobilenet-v2": Path(example_path("coffee")),
    "starry-night": Path(example_path("coffee")),
    "perceptual-resnet": Path(example_path("coffee")),
    "sound-spectrogram": Path(example_path("rain")),
    "sound-audionet": Path(example_path("rain")),
    "jeeves": "It was one of those mornings.",
    "translator-en-fr": "Where is the station?",
    "tweet-lstm": "so good today",
}
RECURRENT = ("tweet-lstm",)


@pytest.fixture(autouse=True)
def own_models(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ZOO_DATA", str(tmp_path))


def layers(model: str) -> inside.Layers:
    return inside.layers(INPUTS[model], parse_knobs(inside.LayersKnobs, model=model, repetitions=1))


@pytest.mark.parametrize("model", [name for name in INPUTS if name not in RECURRENT])
def test_macs_are_half_of_the_operations_that_torch_counts(model: str) -> None:
    card, prepared = inside.read(model, INPUTS[model])

    def both(network: nn.Module) -> tuple[Any, FlopCounterMode]:
        with torch.no_grad(), FlopCounterMode(display=False) as reference:
            prepared(network)
        return count(network, prepared)[0], reference

    ours, reference = get_runtime().run(both, card.name)
    assert ours.macs[""] > 0
    assert 2 * ours.macs[""] == reference.get_total_flops()
    # Torch names modules from the kind of the outermost one that is called.
    counts = reference.get_flop_counts().items()
    by_module = {name.partition(".")[2]: sum(each.values()) for name, each in counts if "." in name}
    ours_by_module = {row.name: 2 * row.macs for row in layers(model).rows if row.name}
    theirs = {name: by_module.get(name, by_module.get(name.removeprefix("network."))) for name in ours_by_module}
    compared = {name: number for name, number in theirs.items() if number is not None}
    assert len(compared) > 5
    assert {name: ours_by_module[name] for name in compared} == compared


def test_macs_of_an_lstm_are_its_weights_times_its_steps() -> None:
    rows = {row.kind: row for row in layers("tweet-lstm").rows}
    lstm = get_runtime().run(lambda model: model.network.lstm, "tweet-lstm")
    steps = rows["Embedding"].output[1]
    assert rows["LSTM"].macs == steps * sum(weight.numel() for weight in lstm.parameters() if weight.ndim == 2)


@pytest.mark.parametrize("model", INPUTS)
def test_the_table_has_every_module_and_sums_up(model: str) -> None:
    result = layers(model)
    names = get_runtime().run(lambda network: [name for name, _ in network.named_modules()], model)
    assert [row.name for row in result.rows] == names
    whole = result.rows[0]
    assert whole.milliseconds > 0
    assert whole.bytes > 0
    inner = [row for row in result.rows if row.is_leaf]
    assert sum(row.macs for row in inner) <= whole.macs
    assert sum(row.parameters for row in inner) <= whole.parameters == max(row.parameters for row in result.rows)
    assert inside.layers_csv(result).count(b"\n") == len(result.rows) + 1


@pytest.mark.parametrize("model", INPUTS)
def test_a_shared_model_is_as_it_was(model: str) -> None:
    card, _ = inside.read(model, INPUTS[model])

    def state(network: nn.Module) -> tuple[Any, ...]:
        hooks = sum(len(each._forward_hooks) + len(each._forward_pre_hooks) for each in network.modules())
        tensors = {name: tensor.clone() for name, tensor in network.state_dict().items() if hasattr(tensor, "clone")}
        return hooks, network.training, any(each.requires_grad for each in network.parameters()), tensors

    before = get_runtime().run(state, card.name)
    layers(model)
    inside.activations(INPUTS[model], parse_knobs(inside.ActivationsKnobs, model=model))
    inside.trace(INPUTS[model], parse_knobs(inside.TraceKnobs, model=model))
    after = get_runtime().run(state, card.name)
    assert before[:3] == after[:3] == (0, False, False)
    assert all(torch.equal(before[3][name], tensor) for name, tensor in after[3].items())


def test_hooks_are_gone_after_a_pass_that_failed() -> None:
    network = nn.Sequential(nn.Linear(3, 3), nn.Linear(4, 4))
    _, prepared = inside.read(SMALL, INPUTS[SMALL])
    with pytest.raises(RuntimeError):
        record_pass(prepared, True, network)
    assert not any(each._forward_hooks or each._forward_pre_hooks for each in network.modules())


@pytest.mark.parametrize("model", INPUTS)
def test_activations_are_the_layers_output(model: str) -> None:
    result = inside.activations(INPUTS[model], parse_knobs(inside.ActivationsKnobs, model=model, maps=3))
    card, prepared = inside.read(model, INPUTS[model])
    taken: list[torch.Tensor] = []

    def run(network: nn.Module) -> None:
        hook = network.get_submodule(result.layer).register_forward_hook(lambda *given: taken.append(given[2]))
        try:
            with torch.no_grad():
                prepared(network)
        finally:
            hook.remove()

    get_runtime().run(run, card.name)
    assert result.shape == tuple(taken[-1].shape)
    strengths = [unit.strength for unit in result.units]
    assert strengths == sorted(strengths, reverse=True)
    for unit, values in zip(result.units, result.values, strict=True):
        real = taken[-1][0, unit.unit] if taken[-1].ndim == 4 or prepared.positions == 2 else taken[-1][0, :, unit.unit]
        assert values == pytest.approx(real.numpy(), abs=2e-3 * float(real.abs().max()) + 1e-4)
        assert unit.maximum == pytest.approx(float(values[unit.peak]), rel=1e-3)


def test_tokens_stand_at_the_positions_of_encoder_and_decoder() -> None:
    for side, first in (("encoder", "<s>"), ("decoder", "<s>")):
        layer = f"network.{side}.0.feed_forward_norm"
        knobs = parse_knobs(inside.ActivationsKnobs, model="translator-en-fr", layer=layer)
        result = inside.activations(INPUTS["translator-en-fr"], knobs)
        assert result.tokens[0] == first
        assert len(result.tokens) == result.values.shape[1]
        assert ("▁station" in result.tokens[:-1]) is (side == "encoder")


def test_a_layer_that_works_in_place_leaves_the_output_before_it() -> None:
    network = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(inplace=True))
    _, prepared = inside.read(SMALL, INPUTS[SMALL])
    outputs = record_pass(prepared, True, network).outputs
    assert float(outputs["0"].min()) < 0 <= float(outputs["1"].min())
    assert torch.equal(outputs[""], outputs["1"])


def test_statistics_tell_dead_units_and_depth() -> None:
    result = inside.statistics(INPUTS[SMALL], parse_knobs(inside.StatisticsKnobs, model=SMALL))
    assert [row.index for row in result.layers] == list(range(len(result.layers)))
    card, prepared = inside.read(SMALL, INPUTS[SMALL])
    outputs = recorded(card, prepared).outputs
    for row in result.layers:
        assert row.mean == pytest.approx(float(outputs[row.layer].float().mean()), abs=1e-2)
        assert row.std == pytest.approx(float(outputs[row.layer].float().std(correction=0)), rel=1e-2, abs=1e-3)
        assert row.dead is None or 0 <= row.dead <= 1
    assert result.compared == ""
    assert all(row.other_mean is None and row.distance is None for row in result.layers)


def test_an_attack_changes_layers_the_more_the_larger_epsilon_is() -> None:
    last = []
    for epsilon in (0.0, 1.0, 8.0):
        knobs = parse_knobs(inside.StatisticsKnobs, model=SMALL, compare="attack", epsilon=epsilon)
        rows = inside.statistics(INPUTS[SMALL], knobs).layers
        last.append([row.distance for row in rows if row.distance is not None][-1])
    assert last[0] == 0 < last[1] < last[2]


def test_a_model_of_ones_own_is_compared_with_the_one_it_was_made_from() -> None:
    own = save_model({"kind": "resnet-18", "num_classes": 3})
    assert inside.other_model(own, "").name == "resnet-18"
    knobs = parse_knobs(inside.StatisticsKnobs, model=own.name, compare="other model")
    rows = inside.statistics(INPUTS[SMALL], knobs).layers
    assert sum(row.other_mean is not None for row in rows) > 10
    knobs = parse_knobs(inside.StatisticsKnobs, model=own.name, compare="other model", other="perceptual-resnet")
    with pytest.raises(InputError, match="no layer in common"):
        inside.statistics(INPUTS[SMALL], knobs)


def test_texts_and_sounds_cannot_be_attacked() -> None:
    knobs = parse_knobs(inside.StatisticsKnobs, model="tweet-lstm", compare="attack")
    with pytest.raises(InputError, match="no classifier of pictures"):
        inside.statistics(Document("so good"), knobs)


def test_bad_input_is_told_in_a_sentence() -> None:
    picture = Image.new("RGB", (10, 10), (200, 40, 40))
    assert inside.activations(picture, parse_knobs(inside.ActivationsKnobs, model=SMALL)).total > 0
    knobs = parse_knobs(inside.ActivationsKnobs, model=SMALL, layer="conv")
    with pytest.raises(InputError, match=r"no layer 'conv' that was called: there is .*conv"):
        inside.activations(picture, knobs)
    silent = (np.zeros(16_000, np.float32), 16_000)
    with pytest.raises(InputError, match="Too quiet"):
        inside.activations(silent, parse_knobs(inside.ActivationsKnobs, model="sound-audionet"))
    for model in ("tweet-lstm", "jeeves", "translator-en-fr"):
        with pytest.raises(InputError):
            inside.activations(Document("  "), parse_knobs(inside.ActivationsKnobs, model=model))
    with pytest.raises(InputError, match="reads text"):
        inside.activations(picture, parse_knobs(inside.ActivationsKnobs, model="tweet-lstm"))
    with pytest.raises(InputError):
        inside.activations("no such picture.png", parse_knobs(inside.ActivationsKnobs, model=SMALL))
    with pytest.raises(NotFoundError):
        inside.activations(picture, parse_knobs(inside.ActivationsKnobs, model="no-such-model"))


@pytest.mark.parametrize(("model", "words"), [(SMALL, "pictures"), ("sound-audionet", "sounds")])
def test_a_model_that_is_given_something_else_says_what_it_reads(model: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(
        InputError, match=rf"{model} reads {words}, and there is no file at 'hello': give .* zoo example"
    ):
        zoo.inside("hello", model=model)
    text = tmp_path / "text.txt"
    text.write_text("hello")
    for given in (str(text), b"hello"):
        with pytest.raises(InputError, match=rf"{model} reads {words}\. "):
            zoo.inside(given, model=model)


def test_a_model_that_was_removed_is_not_opened_from_memory() -> None:
    own = save_model({"kind": "resnet-18", "num_classes": 3})
    knobs = parse_knobs(inside.ActivationsKnobs, model=own.name)
    assert inside.activations(INPUTS[SMALL], knobs).total > 0
    user_models.remove(own.name)
    with pytest.raises(NotFoundError):
        inside.activations(INPUTS[SMALL], knobs)


def test_two_at_once_get_what_one_gets() -> None:
    knobs = [parse_knobs(inside.ActivationsKnobs, model=model) for model in (SMALL, "jeeves")]
    alone = [inside.activations(INPUTS[each.model], each) for each in knobs]
    results: list[tuple[int, inside.Activations]] = []

    def visit(index: int) -> None:
        own = Image.effect_noise((40 + index, 40), 60).convert("RGB")
        for _ in range(3):
            inside.activations(own, knobs[0])
            results.append((index % 2, inside.activations(INPUTS[knobs[index % 2].model], knobs[index % 2])))

    threads = [threading.Thread(target=visit, args=(index,)) for index in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 12
    assert all(np.array_equal(each.values, alone[index].values) for index, each in results)


class Block:
    def __init__(self, nbytes: int) -> None:
        self.nbytes = nbytes


def test_what_is_kept_stays_within_its_bytes() -> None:
    cache, made = ByteCache(100), []

    def make(size: int) -> Iterator[None]:
        made.append(size)
        return Block(size)  # type: ignore[return-value]

    for key, size in (("a", 40), ("b", 40), ("a", 40), ("c", 40)):
        cache.get(key, lambda size=size: make(size))  # type: ignore[misc,arg-type]
    assert cache.nbytes == 80
    assert made == [40, 40, 40]  # "a" was kept, and used last: "b" went
    cache.get("a", lambda: make(40))  # type: ignore[arg-type]
    cache.get("large", lambda: make(101))  # type: ignore[arg-type]
    assert made == [40, 40, 40, 101]
    assert cache.nbytes <= 100


@pytest.mark.parametrize("model", [card.name for card in inside.openable()])
def test_every_bundled_model_that_says_what_it_reads_is_opened(model: str) -> None:
    """Models of exhibits that are added join by their declaration."""
    value = {"image": INPUTS[SMALL], "sound": INPUTS["sound-audionet"], "text": INPUTS["jeeves"]}
    taken = inside.takes(inside.read(model, value[inside.takes(find_card(model)) or "image"])[0])
    assert taken is not None
    result = inside.layers(value[taken], parse_knobs(inside.LayersKnobs, model=model, repetitions=1))
    assert result.rows[0].macs > 0
    assert inside.activations(value[taken], parse_knobs(inside.ActivationsKnobs, model=model)).total > 0
