"""Checkpoints to assets/models/digit-cnn and digit-mlp, with their cards; and digits to train live with."""

from pathlib import Path

import torch
import typer
from PIL import Image
from torch import Tensor, nn

from training import options
from training.digits import mlp
from training.digits.cnn import average_of, logits, make_networks, measure
from training.digits.data import CHOICE, HELD_OUT, MEASURED_ON, TRAINING, Digits, load_digits
from training.digits.fonts import ALPHABET, LIKE_DIGITS
from training.digits.negatives import NO_DIGIT, measured_letters, measured_scribbles
from training.publish import Predictions, list_hashes, save_model, to_half, write_card
from training.run import CHECKPOINTS
from zoo.core.assets import ASSETS
from zoo.core.cards import Metric
from zoo.nets.digits import Centring

CNN, MLP, KNOWN, ONE_CYCLE = "digit-cnn", "digit-mlp", "digit-mlp-known", "digit-mlp-one-cycle"
KEPT = 0.95  # of the digits, where false alarms are measured
MEASURED = 2000  # letters, and as many scribbles
CLASSES = [{"id": str(digit), "label": str(digit)} for digit in range(10)]
SHEET = ASSETS / "tables" / "digits.webp"
A_CLASS, COLUMNS, LEVELS = 600, 150, 16  # of the sheet: digits of each class, digits in a row, shades


def centred(pictures: Tensor) -> Tensor:
    """(N, 2, 28, 28) of ink in [0, 1]."""
    return torch.cat([Centring()(part) for part in pictures.split(1000)])


def half_weights(state: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name: to_half(tensor) for name, tensor in state.items()}


def checkpoint(name: str) -> dict[str, Tensor]:
    state: dict[str, Tensor] = torch.load(CHECKPOINTS / f"{name}.pt", weights_only=True)["network"]
    return state


def loaded(network: nn.Module, stored: dict[str, Tensor]) -> nn.Module:
    network.load_state_dict(
        {name: value.float() if value.is_floating_point() else value for name, value in stored.items()}
    )
    return network.eval()


def false_alarms(network: nn.Module, temperature: float, digits: Digits) -> list[Metric]:
    """What is taken for a digit, at the probability of "not a digit" that 95 % of the digits stay below."""

    def no_digit(normalised: Tensor) -> Tensor:
        return (logits(network, normalised) / temperature).softmax(1)[:, NO_DIGIT]

    threshold = no_digit(centred(digits.floats())).quantile(KEPT)
    plain = "".join(letter for letter in ALPHABET if letter not in LIKE_DIGITS)
    negatives = {
        "letters A to Z and a to z": measured_letters(MEASURED),
        "letters without O, o, I and l": measured_letters(MEASURED, plain),
        "scribbles": measured_scribbles(MEASURED),
    }
    drawn = f"{MEASURED:,} drawn by programs, with fonts and strokes that training has not"
    where = f"{drawn}, where 95% of the digits are kept"
    return [
        Metric(
            f"false alarms, {name}", round((no_digit(each) <= threshold).float().mean().item(), 4), where, "error rate"
        )
        for name, each in negatives.items()
    ]


def bundle_cnn(digits: Digits) -> None:
    stored = half_weights(average_of(checkpoint(CNN)))
    network = loaded(make_networks()["network"], stored)
    choice, held_out = digits.part(CHOICE), digits.part(HELD_OUT)
    fitted = Predictions(logits(network, centred(choice.floats())), choice.labels)
    temperature = round(fitted.temperature(), 3)
    config = {
        "exhibit": "digits",
        "title": "Small convolutional network",
        "architecture": {"kind": "digit-cnn"},
        "temperature": temperature,
        "classes": [*CLASSES, {"id": str(NO_DIGIT), "label": "not a digit"}],
    }
    folder = save_model(CNN, config, stored)
    metrics = [Metric(name, round(value, 4), MEASURED_ON) for name, value in measure(network, held_out).items()]
    metrics += false_alarms(network, temperature, held_out)
    write_card(folder, Path(__file__).with_name("digit-cnn.md"), metrics, {})
    for metric in metrics:
        typer.echo(f"{metric.name}: {metric.value}")


def bundle_mlp(digits: Digits) -> None:
    choice, held_out = digits.part(CHOICE), digits.part(HELD_OUT)
    rows = []
    for name, words in ((KNOWN, "plain SGD at a rate of 0.1"), (ONE_CYCLE, "AdamW, one cycle up to 0.004")):
        network = loaded(mlp.make_network(0), checkpoint(name))
        loss, accuracy = mlp.loss_and_accuracy(network, held_out.floats(), held_out.labels)
        rows.append(f"| `{name}`: {words} | 10 | {loss:.4f} | {accuracy:.2%} |")
    stored = half_weights(checkpoint(MLP))
    network = loaded(mlp.make_network(0), stored)
    pictures = centred(held_out.floats())
    loss, accuracy = mlp.loss_and_accuracy(network, pictures, held_out.labels)
    rows.append(
        f"| `{MLP}`: the same, each digit a little otherwise in each epoch | 20 | {loss:.4f} | {accuracy:.2%} |"
    )
    with torch.inference_mode():
        fitted = Predictions(network(centred(choice.floats())), choice.labels)
    config = {
        "exhibit": "digits",
        "title": "Perceptron 784-128-10",
        "architecture": {"kind": "digit-mlp", "hidden": list(mlp.HIDDEN)},
        "temperature": round(fitted.temperature(), 3),
        "classes": CLASSES,
    }
    folder = save_model(MLP, config, stored)
    metrics = [Metric("accuracy", round(accuracy, 4), MEASURED_ON)]
    metrics += [Metric(name, round(value, 4), MEASURED_ON) for name, value in measure(network, held_out).items()][1:]
    write_card(folder, Path(__file__).with_name("digit-mlp.md"), metrics, {"recipes": "\n".join(rows)})
    typer.echo("\n".join(rows))


def bundle(data: options.Data) -> None:
    """Calibrate, measure and write assets/models/digit-cnn and digit-mlp."""
    digits = load_digits(data)
    bundle_cnn(digits)
    bundle_mlp(digits)


def sheet(data: options.Data) -> None:
    """Write assets/tables/digits.webp: 600 training digits of each class in 16 shades, to train live with."""
    digits = load_digits(data).part(TRAINING)
    shades = (digits.pictures[:, 0].float() / 255 * (LEVELS - 1)).round() * (255 / (LEVELS - 1))
    chosen = torch.cat([(digits.labels == digit).nonzero()[:A_CLASS, 0] for digit in range(10)])
    tiles = shades[chosen].byte().view(-1, COLUMNS, 28, 28).permute(0, 2, 1, 3)
    Image.fromarray(tiles.reshape(-1, COLUMNS * 28).numpy()).save(SHEET, lossless=True, quality=100, method=6)
    list_hashes(SHEET.parent)
    typer.echo(f"{SHEET}: {SHEET.stat().st_size:,} bytes")
