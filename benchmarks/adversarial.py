"""A moved epsilon with and without what is kept; ten steps of the iterated attack beside foolbox's.

python -m benchmarks.adversarial
"""

from itertools import count

import foolbox
import torch

from benchmarks.timing import ROUNDS, milliseconds
from zoo.core.loading import load
from zoo.examples import example
from zoo.exhibits.adversarial import AttackKnobs, attack, open_case, victims

STEPS = 10


def measure(model: str) -> list[float]:
    picture = example("coffee")
    once = AttackKnobs(model=model)
    often = AttackKnobs(model=model, method="iterated", steps=STEPS)
    case, epsilons = open_case(picture, once), count()
    network = foolbox.PyTorchModel(load(model).eval(), bounds=(0, 1))
    reference = foolbox.attacks.LinfPGD(abs_stepsize=often.step_size / 255, steps=STEPS, random_start=False)
    label = torch.tensor([case.aim])
    return milliseconds(
        lambda: attack(picture, once.model_copy(update={"epsilon": next(epsilons) % 32}), case),
        lambda: attack(picture, once),
        lambda: attack(picture, often, case),
        lambda: reference.run(network, case.clean, label, epsilon=often.epsilon / 255),
    )


def main() -> None:
    print(f"{torch.get_num_threads()} threads, {ROUNDS} rounds, median")
    for card in victims():
        moved, anew, ours, theirs = measure(card.name)
        print(f"{card.name}: moved epsilon {moved:.1f} ms; all anew {anew:.1f} ms, {anew / moved:.1f} times as long")
        print(f"{card.name}: {STEPS} steps {ours:.0f} ms, foolbox's {theirs:.0f} ms, {ours / theirs:.2f} times as long")


if __name__ == "__main__":
    main()
