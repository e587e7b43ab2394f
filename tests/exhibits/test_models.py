"""Facts, costs and measurements of models, their layers and family, and what visitors may do with them."""

import io
import json
import zipfile
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from torch import nn

import zoo
from zoo.core.cards import bundled_cards, find_card
from zoo.core.errors import BusyError, InputError, NotFoundError
from zoo.core.knobs import parse_knobs
from zoo.core.runtime import Runtime, get_runtime, set_runtime
from zoo.core.steps import run_to_completion
from zoo.exhibits import models as exhibit
from zoo.exhibits.models import measurements, measuring
from zoo.exhibits.models.inputs import call_on_example
from zoo.exhibits.models.knobs import BenchmarkKnobs, MemoryKnobs, ModelKnobs
from zoo.exhibits.models.tracing import costs_of, loaded_copy, shape_of, trace

NAMES = [card.name for card in bundled_cards()]
SMALL = "cifar10-resnet-robust"
VISITOR = "http:a visitor of this test"


@pytest.fixture(autouse=True)
def folders(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ZOO_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("ZOO_DATA", str(tmp_path / "data"))
    monkeypatch.setattr(measuring, "ROUND_SECONDS", 0.01)
    monkeypatch.setattr(measuring, "WARM_UP_SECONDS", 0.0)


@pytest.mark.parametrize("name", NAMES)
def test_the_costs_that_come_with_the_project_are_those_of_the_network(name: str) -> None:
    card = find_card(name)
    assert costs_of(card, loaded_copy(card)) == measurements.bundled_costs()[name]


def test_macs_are_those_of_matrix_products_and_convolutions() -> None:
    network = nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), nn.Flatten(), nn.Linear(8 * 16, 5)).eval()
    tree = trace(find_card("resnet-18"), Fixed(network))
    assert tree.macs == 16 * 8 * 3 * 9 + 8 * 16 * 5
    assert [layer.output for layer in tree.layers[2:]] == [(1, 8, 4, 4), (1, 128), (1, 5)]
    assert tree.layers[0].parameters == 8 * 27 + 8 + 8 * 16 * 5 + 5


class Fixed(nn.Module):
    """A network that is given 4 x 4 pixels whatever its input is."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, samples: torch.Tensor) -> torch.Tensor:
        return self.network(torch.zeros(samples.shape[0], 3, 4, 4))


def test_facts_of_a_bundled_model() -> None:
    facts = zoo.models_card(model="mobilenet-v2")
    assert facts.costs.macs == 300_774_272  # as published: 300 million
    assert facts.used_by == ("classify", "adversarial")
    assert facts.dtype.startswith("int")
    assert {metric.provenance for metric in facts.metrics} == {"here"}
    assert facts.measured == ()
    assert facts.size_bytes == (find_card("mobilenet-v2").folder / "model.safetensors").stat().st_size


def test_a_derived_model_counts_the_file_of_its_base() -> None:
    files = [(find_card(name).folder / "model.safetensors").stat().st_size for name in ("wave", "starry-night")]
    assert zoo.models_card(model="wave").size_bytes == sum(files)
    assert zoo.models_card(model="wave").parameters == zoo.models_card(model="starry-night").parameters


def test_facts_by_task_and_source() -> None:
    assert [each.name for each in zoo.models_facts(source="bundled").models] == NAMES
    assert {each.task for each in zoo.models_facts(source="bundled", task="sound").models} == {"sound"}
    assert {"classify", "adversarial"} == {each.task for each in zoo.models_facts(task="adversarial").models}
    assert zoo.models_facts(source="own").models == ()


def test_published_figures_are_marked_as_such() -> None:
    facts = zoo.models_card(model="torchvision/resnet18")
    assert {metric.provenance for metric in facts.metrics} == {"published"}
    assert facts.costs is None
    assert facts.dtype == ""


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("batch", [1, 2])
def test_a_network_takes_the_input_that_it_is_measured_with(name: str, batch: int) -> None:
    card = find_card(name)
    call = call_on_example(card, loaded_copy(card), batch)
    with torch.inference_mode():
        assert shape_of(call.run())[0] == batch
    assert call.input


def test_a_measurement_is_stored_with_the_machine_and_listed_with_the_facts() -> None:
    steps = []
    result = zoo.models_benchmark(model=[SMALL], device=["cpu"], progress=steps.append)
    (facts,) = result.models
    (measured,) = facts.measured
    assert 0 < measured.p50_ms <= measured.p95_ms
    assert measured.per_second_8 > 0
    assert measured.memory_bytes == facts.costs.memory_bytes
    assert measured.input == "a picture of 32 × 32 pixels"
    assert result.machine.torch == torch.__version__
    assert [step.step for step in steps] == sorted(step.step for step in steps)
    assert {step.total for step in steps} == {measuring.PARTS}
    listed = zoo.models_facts(source="bundled")
    assert listed.machine == result.machine
    assert {each.name: each.measured for each in listed.models if each.measured} == {SMALL: (measured,)}


def test_measurements_of_another_machine_are_dropped() -> None:
    zoo.models_benchmark(model=[SMALL])
    stored = json.loads(measurements.path().read_text())
    stored["machine"]["cpu"] = "another"
    measurements.path().write_text(json.dumps(stored))
    zoo.models_benchmark(model=["tweet-lstm"])
    assert measurements.read().measured.keys() == {"tweet-lstm"}
    assert measurements.read().costs.keys() == {SMALL, "tweet-lstm"}


def test_a_file_of_another_version_counts_as_none() -> None:
    measurements.path().parent.mkdir(parents=True)
    measurements.path().write_text('{"measured": {"a": {"cpu": {"p50": 1}}}}')
    assert measurements.read() == measurements.Stored()


def test_rounds_that_never_agree_are_marked_as_busy(monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = iter(range(1, 1000))
    monkeypatch.setattr(measuring, "_timed", lambda call: float(next(seconds)) ** 3)
    result = zoo.models_benchmark(model=["tweet-lstm"])
    assert result.models[0].measured[0].busy
    assert not measuring.agree([1.0, 1.0], [1.2])
    assert measuring.agree([1.0, 1.0, 50.0], [1.05])


def test_predictions_go_on_while_models_are_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measuring, "ROUND_SECONDS", 0.3)
    knobs = parse_knobs(BenchmarkKnobs, model=["tweet-lstm"])
    with Runtime(loaded_by_name, device="cpu") as runtime:
        job = runtime.submit(lambda: exhibit.benchmark(knobs=knobs, owner=VISITOR), title="benchmark")
        answers = []
        while not job.ended:
            answers.append((runtime.run(lambda: 1), job.ended))
        assert job.result().models[0].measured
        assert len([early for _, early in answers if not early]) > 1


def loaded_by_name(name: str) -> nn.Module:
    return loaded_copy(find_card(name))


def test_what_cannot_be_measured_is_refused() -> None:
    with pytest.raises(InputError, match="fetch it first"):
        zoo.models_benchmark(model=["torchvision/vgg16"])
    with pytest.raises(NotFoundError):
        zoo.models_benchmark(model=["unicorn"])
    for device in ("cuda:x", "tpu", "cpu:7"):
        with pytest.raises(InputError, match="no device"):
            zoo.models_benchmark(model=[SMALL], device=[device])


def test_the_layers_hold_the_networks_parameters() -> None:
    tree = zoo.models_layers(model="sound-audionet")
    by_depth = [layer for layer in tree.layers if layer.depth == 1]
    assert sum(layer.parameters for layer in by_depth) == tree.layers[0].parameters
    assert tree.layers[0].output == (1, 50)


def test_a_choice_is_ranked_by_what_was_asked_for() -> None:
    by_size = zoo.models_choose(task="sound", priority="size").candidates
    assert [each.model for each in by_size[:2]] == ["sound-audionet", "sound-spectrogram"]
    by_quality = zoo.models_choose(task="sound", priority="quality").candidates
    assert [each.model for each in by_quality[:3]] == ["sound-yamnet", "sound-spectrogram", "sound-audionet"]
    assert "accuracy 83.9%" in by_quality[1].reasons[0]
    commercial = zoo.models_choose(task="sound", commercial=True).candidates
    assert [each.model for each in commercial] == ["sound-yamnet-audioset"]
    assert zoo.models_choose(task="sentiment", commercial=True).candidates == ()
    lower_is_better = zoo.models_choose(task="style", priority="quality").candidates
    ratios = {each.name: each.metrics[0].value for each in zoo.models_facts(task="style").models}
    assert lower_is_better[0].model == min(ratios, key=lambda name: ratios[name])


def test_latency_counts_once_it_was_measured() -> None:
    unmeasured = zoo.models_choose(task="sentiment", priority="speed").candidates[0]
    assert any("not timed here" in reason for reason in unmeasured.reasons)
    zoo.models_benchmark(model=["tweet-lstm"])
    measured = zoo.models_choose(task="sentiment", priority="speed").candidates[0]
    assert any("on this machine (" in reason for reason in measured.reasons)


def test_papers_and_family_are_those_of_the_cards() -> None:
    result = zoo.models_lineage()
    papers = {paper.arxiv: paper for paper in result.papers}
    assert papers["1512.03385"].authors == "He et al. 2015"
    assert papers["1801.04381"].models == ("mobilenet-v2", "sound-spectrogram")
    assert all(f"20{paper.arxiv[:2]}" in (str(paper.year), str(paper.year + 1)) for paper in result.papers)
    relations = {(each.parent, each.child): each.kind for each in result.relations}
    assert relations["mobilenet-v2", "resnet-18"] == "teacher"
    assert relations["starry-night", "wave"] == "shared convolutions"


def test_an_archive_is_the_folder() -> None:
    result = zoo.models_archive(model="wave")
    with zipfile.ZipFile(io.BytesIO(result.data)) as file:
        assert {name.removeprefix("wave/") for name in file.namelist()} == set(result.files)
        weights = file.read("wave/model.safetensors")
    folder = find_card("wave").folder
    assert weights == (folder / "model.safetensors").read_bytes()
    with safe_open(folder / "model.safetensors", "pt") as tensors:
        assert tensors.keys()
    with pytest.raises(InputError, match="fetch it first"):
        zoo.models_archive(model="torchvision/vgg16")


def test_a_bundled_model_stays_and_one_that_is_not_here_cannot_be_removed() -> None:
    with pytest.raises(InputError, match="comes with the project"):
        zoo.models_remove(model="wave")
    with pytest.raises(InputError, match="not on this machine"):
        zoo.models_remove(model="torchvision/vgg16")
    assert zoo.models_fetch(model="wave").fetched


def test_a_fetched_model_is_removed_once_it_is_out_of_memory(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from zoo.sources import torchvision

    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path / "torch"))
    card = find_card("torchvision/squeezenet1_1")
    path = torchvision.weights_path(card)
    path.parent.mkdir(parents=True)
    path.write_bytes(b"weights")
    runtime = Runtime(lambda name: nn.Linear(1, 1), device="cpu")
    before = get_runtime()
    set_runtime(runtime)
    try:
        runtime.load(card.name)
        with pytest.raises(BusyError, match="unload it first"):
            zoo.models_remove(model=card.name)
        assert not zoo.models_memory(model=card.name, action="unload").loaded
        assert not zoo.models_remove(model=card.name).fetched
    finally:
        set_runtime(before)
    assert not path.exists()


def test_memory_is_changed_by_one_action_at_a_time() -> None:
    assert zoo.models_memory(model=SMALL).loaded
    assert zoo.models_memory(model=SMALL, action="pin").pinned
    assert not zoo.models_memory(model=SMALL, action="unpin").pinned
    assert not zoo.models_memory(model=SMALL, action="unload").loaded
    for action in ("unload", "unpin"):
        with pytest.raises(NotFoundError, match="not loaded"):
            zoo.models_memory(model=SMALL, action=action)


def test_the_operator_may_keep_visitors_from_changing_anything(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZOO_CONTROLS", "false")
    assert zoo.models_memory(model=SMALL).loaded  # whoever has the machine
    one, memory = parse_knobs(ModelKnobs, model=SMALL), parse_knobs(MemoryKnobs, model=SMALL, action="unload")
    refused = (
        lambda: exhibit.memory(knobs=memory, owner=VISITOR),
        lambda: exhibit.remove(knobs=parse_knobs(ModelKnobs, model="torchvision/vgg16"), owner=VISITOR),
        lambda: run_to_completion(exhibit.fetch(knobs=one, owner=VISITOR), None),
        lambda: run_to_completion(exhibit.benchmark(knobs=BenchmarkKnobs(), owner=VISITOR), None),
    )
    for call in refused:
        with pytest.raises(InputError, match="ZOO_CONTROLS"):
            call()
    assert SMALL in get_runtime().stats().models
