"""The training of a perceptron to its end; a job."""

from dataclasses import asdict
from typing import Any

from zoo.core.steps import Steps
from zoo.exhibits.digits.knobs import TrainKnobs
from zoo.exhibits.digits.results import DigitTraining
from zoo.exhibits.digits.students import Student, live, state_of


def train_digits(knobs: TrainKnobs | None = None) -> Steps[DigitTraining]:
    """Train a perceptron on the bundled 5,000 digits; a job, whose previews are its latest validation.

    Raises BusyError when too many trainings are in memory, and InputError where the training diverges.
    """
    knobs = knobs or TrainKnobs()
    training = live(knobs)
    student = yield from training.run(knobs.steps, preview)
    latest = student.validate()
    return DigitTraining(
        steps=student.steps,
        accuracy=latest.accuracy,
        loss=latest.loss,
        parameters=sum(parameter.numel() for parameter in student.network.parameters()),
        record=tuple({"step": float(step), **values} for step, values in training.metrics),
        state=state_of(student),
        notes=tuple(filter(None, [student.advice()])),
    )


def preview(student: Student) -> dict[str, Any]:
    """The latest loss and accuracy of the validation."""
    return asdict(student.latest)
