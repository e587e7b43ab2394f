"""A changed epsilon with and without the stored context; ten steps of the iterated attack beside foolbox's.

python -m benchmarks.adversarial
"""

from itertools import count

import foolbox
import torch

from benchmarks.timing import ROUNDS, milliseconds
from zoo.core.loading import load
from zoo.examples import example
from zoo.exhibits.adversarial import AttackKnobs, attack, attack_context, image_classifiers

STEPS = 10


def measure(model: str) -> list[float]:
    """Milliseconds: FGSM with a stored context, FGSM from the start, our iterated attack, foolbox's."""
    picture = example("coffee")
    fgsm = AttackKnobs(model=model)
    iterated = AttackKnobs(model=model, method="iterated", steps=STEPS)
    context, epsilons = attack_context(picture, fgsm), count()
    network = foolbox.PyTorchModel(load(model).eval(), bounds=(0, 1))
    reference = foolbox.attacks.LinfPGD(abs_stepsize=iterated.step_size / 255, steps=STEPS, random_start=False)
    label = torch.tensor([context.class_index])
    return milliseconds(
        lambda: attack(picture, fgsm.model_copy(update={"epsilon": next(epsilons) % 32}), context),
        lambda: attack(picture, fgsm),
        lambda: attack(picture, iterated, context),
        lambda: reference.run(network, context.pixels, label, epsilon=iterated.epsilon / 255),
    )


def main() -> None:
    print(f"{torch.get_num_threads()} threads, {ROUNDS} rounds, median")
    for card in image_classifiers():
        stored, fresh, ours, by_foolbox = measure(card.name)
        print(
            f"{card.name}: changed epsilon {stored:.1f} ms; from the start {fresh:.1f} ms, {fresh / stored:.1f} times"
        )
        print(f"{card.name}: {STEPS} steps {ours:.0f} ms, foolbox {by_foolbox:.0f} ms, {ours / by_foolbox:.2f} times")


if __name__ == "__main__":
    main()
