"""A warm answer of ours beside torchvision's usual lines, and a moved slider beside a new heat map.

python -m benchmarks.classify
"""

import torch
from torchvision import models, transforms

from benchmarks.timing import ROUNDS, milliseconds
from zoo.examples import example
from zoo.exhibits.classify import ClassifyKnobs, classify, explain, overlay


def main() -> None:
    image = example("chelsea")
    small = image.resize((96, 64))
    network = models.mobilenet_v2().eval()  # the time does not depend on the weights
    prepare = transforms.Compose(
        [
            transforms.Resize(256),
            transforms.CenterCrop(224),
            transforms.ToTensor(),
            transforms.Normalize((0.5, 0.5, 0.5), (0.5, 0.5, 0.5)),
        ]
    )

    def plain() -> object:
        with torch.inference_mode():
            return network(prepare(image)[None]).softmax(1).topk(5)

    heat_map = explain(image, "mobilenet-v2", "n02124075")
    resnet = ClassifyKnobs(model=["resnet-18"])
    names = [
        "ours, 224 px",
        "torchvision's usual lines",
        "ours, small picture",
        "ours, resnet-18",
        "heat map",
        "slider",
    ]
    times = milliseconds(
        lambda: classify(image),
        plain,
        lambda: classify(small),
        lambda: classify(image, resnet),
        lambda: explain(image, "mobilenet-v2", "n02124075"),
        lambda: overlay(image, heat_map, 0.4),
    )
    print(f"{torch.get_num_threads()} threads, {ROUNDS} rounds, median")
    for name, spent in zip(names, times, strict=True):
        print(f"{name:28s}{spent:8.1f} ms   {spent / times[1]:5.2f} of torchvision's lines")


if __name__ == "__main__":
    main()
