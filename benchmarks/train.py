"""Train's figures on this machine: robots, few pictures of CIFAR-10, wrong labels, many pictures, other visitors.

python -m benchmarks.train --data FOLDER [--only robots cifar labels many others]

FOLDER holds images/robots_train.tar, images/cifar10_train.parquet and images/tiny_imagenet_train.parquet. What is
measured on is drawn by a seed from pictures that the training did not get. Cached features are dropped before each
training, whose time counts from its start to its result.
"""

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import nn

from benchmarks.train_data import (
    CLASSES,
    OWNER,
    Labelled,
    cifar_pictures,
    clear_models,
    dataset_of,
    drawn,
    judged,
    parted,
    resident,
    tar_pictures,
    timed,
    tiny_pictures,
    watched,
)
from zoo.core.cards import find_card
from zoo.core.images import decode_image
from zoo.core.preprocessing import Preprocessing
from zoo.core.runtime import get_runtime
from zoo.exhibits.classify import classify
from zoo.exhibits.train import TrainKnobs, features
from zoo.exhibits.train.measures import expected_calibration_error
from zoo.exhibits.train.training import train_dataset

SEEDS = range(5)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--only", nargs="*", choices=list(SECTIONS), default=list(SECTIONS))
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["ZOO_DATA"] = folder
        load = " ".join(f"{value:.1f}" for value in os.getloadavg())
        print(f"{torch.get_num_threads()} threads; load of the machine before: {load}")
        get_runtime().load("mobilenet-v2")
        for name in given.only:
            print(f"\n{name}")
            SECTIONS[name](given.data / "images")
    print(f"\nload of the machine after: {' '.join(f'{value:.1f}' for value in os.getloadavg())}")


# Robots


def robots(images: Path) -> None:
    """Accuracy on a fifth of the pictures, which the training does not get, for five seeds."""
    pictures = tar_pictures(images / "robots_train.tar")
    for seed in SEEDS:
        known, sealed = parted(pictures, 0.2, seed)
        training, seconds = timed(dataset_of(known), seed=seed)
        accuracy, ece = judged(training, sealed)
        print(
            f"  seed {seed}: {len(known)} pictures in {seconds:.1f} s; {accuracy:.1%} of {len(sealed)} sealed right, "
            f"ECE {ece:.1%}; on the validation pictures {training.accuracy:.1%}"
        )
    known = parted(pictures, 1 - 150 / len(pictures), 0)[0]
    training, seconds = timed(dataset_of(known), seed=0)
    print(f"  {len(known)} pictures to the confusion matrix in {seconds:.1f} s: {training.confusion}")


# Few pictures


def cifar(images: Path) -> None:
    """30 and 100 pictures of each of five classes, and 1,000 others: the zoo and Teachable Machine's head."""
    pool = cifar_pictures(images)
    for count in (30, 100):
        rows = []
        for seed in SEEDS:
            known, others = drawn(pool, count, 200, seed)
            training, seconds = timed(dataset_of(known), seed=seed)
            ours, theirs = judged(training, others), teachable_machine(known, others, seed)
            rows.append((*ours, *theirs))
            print(
                f"  5 x {count}, seed {seed}: {ours[0]:.1%}, ECE {ours[1]:.1%} in {seconds:.1f} s; "
                f"1280-100-softmax {theirs[0]:.1%}, ECE {theirs[1]:.1%}"
            )
        mean = [statistics.mean(column) for column in zip(*rows, strict=True)]
        print(
            f"  5 x {count}, mean: {mean[0]:.1%}, ECE {mean[1]:.1%}; 1280-100-softmax {mean[2]:.1%}, ECE {mean[3]:.1%}"
        )


def teachable_machine(known: Sequence[Labelled], others: Sequence[Labelled], seed: int) -> tuple[float, float]:
    """Accuracy and ECE of its head: 1280-100-softmax on MobileNetV2's features at 224 pixels, Adam 1e-3, 50 epochs."""
    classes = sorted({label for _, label in known})
    inputs, labels = large_features(known), torch.tensor([classes.index(label) for _, label in known])
    torch.manual_seed(seed)
    head = nn.Sequential(nn.Linear(1280, 100), nn.ReLU(), nn.Linear(100, len(classes)))
    optimizer = torch.optim.Adam(head.parameters(), lr=1e-3)
    for _ in range(50):
        for batch in torch.randperm(len(labels)).split(16):
            optimizer.zero_grad()
            nn.functional.cross_entropy(head(inputs[batch]), labels[batch]).backward()
            optimizer.step()
    with torch.no_grad():
        scores = head(large_features(others)).softmax(1).numpy()
    truth = np.array([classes.index(label) for _, label in others])
    return float((scores.argmax(1) == truth).mean()), expected_calibration_error(truth, scores)


def large_features(pictures: Sequence[Labelled]) -> torch.Tensor:
    """(N, 1280): MobileNetV2's features of photographs, at 224 pixels."""
    preprocessing = Preprocessing.from_config(find_card("mobilenet-v2").config["preprocessing"])
    view = preprocessing.views[-1]

    def compute(model: Any) -> torch.Tensor:
        rows = []
        for start in range(0, len(pictures), 8):
            images = [
                np.asarray(view.picture(decode_image(data)), np.float32) for data, _ in pictures[start : start + 8]
            ]
            pixels = torch.from_numpy(np.stack(images).transpose(0, 3, 1, 2) / 127.5 - 1)
            with torch.no_grad():
                rows.append(model.network.large.features(pixels).mean((2, 3)))
        return torch.cat(rows)

    return get_runtime().run(compute, "mobilenet-v2")


# Wrong labels


def labels(images: Path) -> None:
    """5 x 100 pictures of which one label in ten is wrong: what is called wrong, and what removing it brings."""
    pool, rows = cifar_pictures(images), []
    for seed in SEEDS:
        known, others = drawn(pool, 100, 200, seed)
        rng = np.random.default_rng(seed)
        wrong = set(rng.permutation(len(known))[: len(known) // 10].tolist())
        given = [
            (data, str(rng.choice([each for each in CLASSES if each != label])) if index in wrong else label)
            for index, (data, label) in enumerate(known)
        ]
        dataset = dataset_of(given)
        numbers = {item.id: int(item.name) for item in dataset.items}
        training, _ = timed(dataset, seed=seed)
        ranked = [numbers[each.id] for each in sorted(training.scored, key=lambda each: each.quality)]
        checked, issues = set(ranked[: len(given) // 5]), {numbers[each.id] for each in training.scored if each.issue}
        removed = [entry for index, entry in enumerate(given) if index not in issues]
        corrected = [known[index] if index in checked else entry for index, entry in enumerate(given)]
        rows.append(
            (
                statistics.mean(index in wrong for index in ranked[: len(wrong)]),
                len(wrong & checked) / len(wrong),
                judged(training, others)[0],
                *(judged(timed(dataset_of(each), seed=seed)[0], others)[0] for each in (removed, corrected, known)),
            )
        )
        print(f"  seed {seed}: {label_row(rows[-1])}; {len(issues)} issues")
    print(f"  mean: {label_row([statistics.mean(column) for column in zip(*rows, strict=True)])}")


def label_row(values: Sequence[float]) -> str:
    precision, recall, *accuracies = (f"{value:.1%}" for value in values)
    names = ("with wrong labels", "issues removed", "first 20 % corrected", "all labels right")
    cleaned = ", ".join(f"{name} {value}" for name, value in zip(names, accuracies, strict=True))
    return f"precision in the first N {precision}, recall in 20 % {recall}; accuracy {cleaned}"


# Many pictures, and other visitors


def many(images: Path) -> None:
    """5,000 pictures of 64 pixels in 50 classes: memory above the start, and how long a cancelled training goes on."""
    start = resident()
    dataset = dataset_of(tiny_pictures(images))
    with watched(resident) as readings:
        training, seconds = timed(dataset, seed=0)
    print(
        f"  {len(dataset.items):,} pictures: {training.accuracy:.1%} of {sum(map(sum, training.confusion))} right in "
        f"{seconds:.0f} s; peak {(max(readings) - start) / 1e6:.0f} MB above the start"
    )
    for message in ("Comparing", "Choosing", "Epoch", "Features"):
        if message == "Features":
            features.cache.clear()
        job = get_runtime().submit(lambda: train_dataset(dataset, TrainKnobs(), OWNER))
        while not job.ended and not (job.latest and job.latest.message.startswith(message)):
            time.sleep(0.01)
        begun = time.perf_counter()
        job.cancel()
        job.wait()
        print(f"  cancelled at {message!r}: {job.state} after {time.perf_counter() - begun:.2f} s")
        clear_models()


def others(images: Path) -> None:
    """The time of a prediction alone, and while two trainings of head and all layers run."""
    picture = decode_image(tar_pictures(images / "robots_train.tar")[0][0])
    datasets = [dataset_of(tar_pictures(images / "robots_train.tar")[part::2]) for part in (0, 1)]
    alone = predictions(picture, 5.0)
    features.cache.clear()
    knobs = TrainKnobs(fine_tune_epochs=1)
    jobs = [get_runtime().submit(lambda each=each: train_dataset(each, knobs, OWNER)) for each in datasets]
    beside: list[float] = []
    while not all(job.ended for job in jobs):
        beside += predictions(picture, 1.0)
    for name, times in (("alone", alone), ("beside two trainings", beside)):
        ordered = sorted(times)
        middle, high = ordered[len(ordered) // 2], ordered[int(0.95 * (len(ordered) - 1))]
        print(f"  a prediction {name}: median {middle:.0f} ms, 95 % within {high:.0f} ms, longest {ordered[-1]:.0f} ms")
    delay = statistics.median(beside) - statistics.median(alone)
    print(f"  delayed by {delay:.0f} ms (medians), of {len(beside)} predictions")


def predictions(picture: Image.Image, seconds: float) -> list[float]:
    """The milliseconds of each of the predictions, one in 0.1 s, that are made in some seconds."""
    times, end = [], time.perf_counter() + seconds
    while time.perf_counter() < end:
        begun = time.perf_counter()
        classify(picture)
        times.append(1000 * (time.perf_counter() - begun))
        time.sleep(0.1)
    return times


SECTIONS: dict[str, Callable[[Path], None]] = {
    "robots": robots,
    "cifar": cifar,
    "labels": labels,
    "many": many,
    "others": others,
}

if __name__ == "__main__":
    main()
