"""Exported files answer as the zoo does: ONNX with Pillow's resampling inside, programs of torch.export and of C++."""

import importlib.util
import io
import json
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import torch
from numpy.typing import NDArray
from onnx import TensorProto, helper
from PIL import Image
from starlette.testclient import TestClient
from torch import nn
from torchvision import models

from tests.exported import CLASSES, VIEW, picture, save_model
from tests.interfaces.console import Zoo
from zoo.api.app import app
from zoo.core.cards import find_card
from zoo.core.errors import InputError, NotFoundError, TooLargeError, UnavailableError
from zoo.core.onnx.graphs import IR_VERSION, OPSET, Graph
from zoo.core.onnx.tracing import write_network
from zoo.core.preprocessing import Preprocessing, View
from zoo.exhibits.classify import probabilities
from zoo.exhibits.train import ExportKnobs, export_model
from zoo.exhibits.train.exports import exporting
from zoo.exhibits.train.exports.onnx_models import onnx_probabilities
from zoo.exhibits.train.exports.resampling import input_pixels

MOBILENET = {"kind": "mobilenet-v2", "num_classes": 3, "asymmetric_padding": True}
SMALL_VIEW = {**VIEW, "resize": 96, "crop": 96, "up_to": 64, "temperature": 2.0}
EDGES = [(1, 1), (2, 1), (63, 65), (64, 64), (65, 300), (224, 224), (256, 256), (3000, 40), (30, 2500), (640, 480)]


@pytest.fixture(autouse=True)
def own_models(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ZOO_DATA", str(tmp_path / "data"))


def pictures(count: int) -> list[Image.Image]:
    """Of many sizes: tiny ones, panoramas, and one of 12 megapixels."""
    generator = np.random.default_rng(0)
    sizes = [*EDGES, (4000, 3000)]
    sizes += [tuple(int(side) for side in generator.integers(1, 900, 2)) for _ in range(count - len(sizes))]
    return [picture(*size, seed=seed) for seed, size in enumerate(sizes)]


def exported(name: str, form: str = "onnx") -> bytes:
    data: bytes = export_model(ExportKnobs.model_validate({"model": name, "export_format": form})).data
    return data


@pytest.mark.parametrize("name", ["mobilenet-v2", pytest.param("resnet-18", marks=pytest.mark.slow)])
def test_a_hundred_pictures_have_the_same_probabilities_as_in_the_zoo(name: str) -> None:
    given = pictures(100)
    expected = np.concatenate([probabilities(name, [image]) for image in given])
    computed = np.stack(onnx_probabilities(exported(name), given))
    assert np.abs(computed - expected).max() <= 1e-4


@pytest.mark.parametrize(
    ("architecture", "views"),
    [
        (MOBILENET, [VIEW]),
        (MOBILENET, [SMALL_VIEW, {**VIEW, "interpolation": "bicubic"}]),
        ({"kind": "two-branch-mobilenet-v2", "num_classes": 3}, [{**VIEW, "crop": 192}]),
        ({"kind": "resnet-18", "num_classes": 3, "upscale": 2.5}, [SMALL_VIEW]),
        ({"kind": "torchvision", "name": "squeezenet1_1", "num_classes": 3}, [VIEW]),
        ({"kind": "classifier-ensemble", "members": [MOBILENET, MOBILENET]}, [VIEW]),
    ],
    ids=lambda value: value.get("kind") if isinstance(value, dict) else len(value),
)
def test_a_visitors_classifier_has_the_same_probabilities(
    architecture: dict[str, Any], views: list[dict[str, Any]]
) -> None:
    name = save_model(architecture, views).name
    given = [picture(50, 60), picture(300, 200), picture(90, 1000)]
    expected = np.concatenate([probabilities(name, [image]) for image in given])
    assert np.ptp(expected, 0).max() > 1e-3  # else it would answer the same to everything
    np.testing.assert_allclose(np.stack(onnx_probabilities(exported(name), given)), expected, atol=1e-5)


def resampled(views: tuple[View, ...], image: Image.Image) -> NDArray[np.float32]:
    """The input of a model as the graph computes it."""
    graph = Graph()
    pixels, _ = input_pixels(graph, "picture", views)
    graph.nodes.append(helper.make_node("Identity", [pixels.name], ["probabilities"]))
    inputs = [helper.make_tensor_value_info("picture", TensorProto.UINT8, [None, None, 3])]
    outputs = [helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, None)]
    model = helper.make_model(
        graph.proto("resampling", inputs, outputs),
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
    )
    return onnx_probabilities(model.SerializeToString(), [image])[0][0]


VIEWS = {
    "bilinear": (View(64, 64),),
    "bicubic": (View(236, 224, "bicubic"),),
    "lanczos": (View(128, 100, "lanczos"),),
    "nearest": (View(32, 32, "nearest"),),
    "stretch": (View(96, 96, stretch=True),),
    "by size": (View(64, 64, "nearest", up_to=100), View(96, 80, "bicubic", up_to=300), View(224, 224, "lanczos")),
    "never the third": (View(40, 40, up_to=70), View(50, 50), View(60, 60, up_to=500)),
}


@pytest.mark.parametrize("name", VIEWS)
def test_the_graph_resamples_as_pillow_does_bit_by_bit(name: str) -> None:
    preprocessing = Preprocessing(VIEWS[name], (0.5, 0.5, 0.5), (0.5, 0.5, 0.5))
    for size in [*EDGES, (138, 150), (242, 468), (1100, 700), (500, 1700)]:
        image = picture(*size)
        np.testing.assert_array_equal(resampled(VIEWS[name], image), preprocessing.pixels(image), str(size))


FAMILIES = (
    *("alexnet", "convnext_tiny", "densenet121", "efficientnet_b0", "efficientnet_v2_s", "googlenet", "inception_v3"),
    *("maxvit_t", "mnasnet0_5", "mobilenet_v2", "mobilenet_v3_small", "regnet_y_400mf", "resnet18"),
    *("resnext50_32x4d", "shufflenet_v2_x0_5", "squeezenet1_0", "swin_t", "swin_v2_t", "vgg11_bn", "vit_b_16"),
)
QUICK = ("mobilenet_v3_small", "resnet18", "swin_t")  # without the marker slow


@pytest.mark.parametrize(
    "name", [name if name in QUICK else pytest.param(name, marks=pytest.mark.slow) for name in FAMILIES]
)
def test_each_family_of_torchvision_is_translated(name: str) -> None:
    options = {"init_weights": False} if name in ("googlenet", "inception_v3") else {}
    torch.manual_seed(0)
    network = models.get_model(name, weights=None, num_classes=5, **options).eval().requires_grad_(False)
    for parameter in network.parameters():
        parameter.copy_(torch.randn_like(parameter) * parameter.std().clamp(0.02, 0.2).nan_to_num(0.02))
    size = models.get_model_weights(name).DEFAULT.transforms().crop_size[0]
    graph = Graph()
    logits = write_network(graph, network, "picture", (1, 3, size, size))
    graph.nodes.append(helper.make_node("Identity", [logits], ["probabilities"]))
    inputs = [helper.make_tensor_value_info("picture", TensorProto.FLOAT, [1, 3, size, size])]
    outputs = [helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, [1, 5])]
    model = helper.make_model(
        graph.proto(name, inputs, outputs), opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION
    )
    pixels = torch.randn(1, 3, size, size)
    (computed,) = onnx_probabilities(model.SerializeToString(), [pixels.numpy()])  # type: ignore[list-item]
    expected = network(pixels).numpy()
    assert np.ptp(expected) > 0
    np.testing.assert_allclose(computed, expected, atol=1e-4 * np.abs(expected).max(), rtol=1e-4)


def test_the_metadata_have_classes_card_and_restriction() -> None:
    model = onnx.load_from_string(exported(save_model(MOBILENET).name))
    onnx.checker.check_model(model)
    facts = {entry.key: entry.value for entry in model.metadata_props}
    assert json.loads(facts["classes"]) == list(CLASSES)
    assert facts["restriction"] == "research use"
    assert "Of noise." in facts["card"]
    assert {"network.classifier.1.bias"} <= {tensor.name for tensor in model.graph.initializer}


def test_weights_of_half_precision_are_stored_so() -> None:
    card = save_model(MOBILENET)
    assert len(exported(card.name)) < 1.3 * card.size_bytes


def test_a_secret_name_is_in_no_file() -> None:
    card = save_model(MOBILENET)
    token = card.name.partition("/")[2].encode()
    for form in ("onnx", "export", "html", "web", "cpp"):
        result = export_model(ExportKnobs.model_validate({"model": card.name, "export_format": form}))
        assert token not in result.data
        assert result.file_name.startswith("cats-dogs")


def test_a_program_of_torch_export_takes_batches_of_any_size() -> None:
    card = save_model(MOBILENET)
    program = torch.export.load(io.BytesIO(exported(card.name, "export")))
    image = picture(400, 300)
    preprocessing = Preprocessing.from_config(card.config["preprocessing"])
    batch = torch.from_numpy(preprocessing.pixels(image))[None].expand(3, -1, -1, -1)
    computed = program.module()(batch)
    assert computed.shape == (3, 3)
    np.testing.assert_allclose(computed.numpy(), probabilities(card.name, [image]).repeat(3, 0), atol=1e-5)


def test_the_same_model_gives_the_same_file() -> None:
    name = save_model(MOBILENET).name
    assert exported(name, "cpp") == exported(name, "cpp")


def test_a_file_that_answers_otherwise_is_not_handed_out(monkeypatch: pytest.MonkeyPatch) -> None:
    name = save_model(MOBILENET).name
    monkeypatch.setattr(exporting, "onnx_probabilities", lambda model, given: [np.ones(3) / 3 for _ in given])
    with pytest.raises(UnavailableError, match="other probabilities"):
        export_model(ExportKnobs(model=name))


def test_a_layer_without_translation_is_told() -> None:
    class Odd(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return torch.fft.rfft(x).abs()

    with pytest.raises(UnavailableError, match="no translation"):
        write_network(Graph(), Odd(), "picture", (1, 3, 8, 8))


def test_what_cannot_be_exported_is_told() -> None:
    with pytest.raises(InputError, match="not of classify"):
        export_model(ExportKnobs(model="scream"))
    with pytest.raises(NotFoundError):
        export_model(ExportKnobs(model="own/0123456789abcdef"))
    assert find_card("torchvision/vgg16").size_bytes > exporting.MAX_WEIGHTS
    with pytest.raises(TooLargeError):
        export_model(ExportKnobs(model="torchvision/vgg16"))


@pytest.mark.skipif(not all(map(shutil.which, ("cmake", "c++"))), reason="no CMake or no C++ compiler")
def test_the_cpp_program_builds_and_answers_as_the_zoo_does(tmp_path: Path) -> None:
    card = save_model(MOBILENET)
    with zipfile.ZipFile(io.BytesIO(exported(card.name, "cpp"))) as archive:
        archive.extractall(tmp_path)
    configure = ["cmake", "-S", str(tmp_path), "-B", str(tmp_path / "build"), f"-DPython3_EXECUTABLE={sys.executable}"]
    subprocess.run(configure, check=True, capture_output=True)
    subprocess.run(["cmake", "--build", str(tmp_path / "build")], check=True, capture_output=True)
    image = picture(333, 217)
    image.save(tmp_path / "picture.ppm")
    program = str(tmp_path / "build/classify")
    done = subprocess.run([program, "--all", str(tmp_path / "picture.ppm")], check=True, capture_output=True, text=True)
    answer = dict(reversed(line.split("\t")) for line in done.stdout.splitlines())
    expected = probabilities(card.name, [image])[0]
    np.testing.assert_allclose([float(answer[label]) for label in CLASSES], expected, atol=1e-5)
    broken = subprocess.run([program, str(tmp_path / "main.cpp")], capture_output=True, text=True)
    assert broken.returncode == 1
    assert "no binary PPM file" in broken.stderr


def test_the_library_that_the_program_needs_comes_with_onnxruntime() -> None:
    spec = importlib.util.find_spec("onnxruntime")
    assert spec is not None
    assert spec.origin is not None
    assert [*Path(spec.origin).parent.joinpath("capi").glob("*onnxruntime.*")]


def test_http_sends_the_file_with_its_type_and_name() -> None:
    client = TestClient(app)
    fields = {"model": save_model(MOBILENET).name, "export_format": "html"}
    response = client.post("/v1/train/export", data=fields)
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert response.headers["content-disposition"] == 'attachment; filename="cats-dogs.html"'
    assert response.headers["x-restriction"] == "research use"
    assert response.content.startswith(b"<!doctype html>")
    assert client.post("/v1/train/export", data={"model": "own/0123456789abcdef"}).status_code == 404
    assert client.post("/v1/train/export", data={"export_format": "pickle"}).status_code == 422


def test_the_command_writes_the_file(tmp_path: Path, zoo: Zoo) -> None:
    target = tmp_path / "model.onnx"
    done = zoo("export", save_model(MOBILENET).name, "--format", "onnx", "--output", str(target))
    assert done.status == 0, done.err
    assert "differ by at most" in done.out
    assert len(onnx_probabilities(target.read_bytes(), [picture(20, 30)])[0]) == 3
    assert zoo("export", "scream", "--output", str(target)).status == 2
