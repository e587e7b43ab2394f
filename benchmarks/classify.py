"""A prediction of the zoo against torchvision's usual lines, and a moved slider against a new heat map.

python -m benchmarks.classify
"""

import torch
from torchvision import models, transforms

from benchmarks.timing import ROUNDS, milliseconds
from zoo.examples import example
from zoo.exhibits.classify import ClassifyKnobs, HeatMapKnobs, classify, heat_map, overlay


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

    def usual_lines() -> object:
        with torch.inference_mode():
            return network(prepare(image)[None]).softmax(1).topk(5)

    resnet, egyptian_cat = ClassifyKnobs(model=["resnet-18"]), HeatMapKnobs(target="n02124075")
    result = heat_map(image, egyptian_cat)
    calls = {
        "torchvision's usual lines": usual_lines,
        "mobilenet-v2, 224 px": lambda: classify(image),
        "mobilenet-v2, small picture": lambda: classify(small),
        "resnet-18": lambda: classify(image, resnet),
        "heat map": lambda: heat_map(image, egyptian_cat),
        "moved slider": lambda: overlay(image, result.heat, result.box, 0.4),
    }
    baseline, *_ = times = milliseconds(*calls.values())
    print(f"{torch.get_num_threads()} threads, {ROUNDS} rounds, median")
    for name, milliseconds_spent in zip(calls, times, strict=True):
        print(f"{name:28s}{milliseconds_spent:8.1f} ms   {milliseconds_spent / baseline:5.2f} x torchvision's lines")


if __name__ == "__main__":
    main()
