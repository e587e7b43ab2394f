"""A training's curves as event files of TensorBoard, so that trainings can be compared there."""

import io
import warnings
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory

from zoo.exhibits.train.results import Training


def event_files(training: Training) -> bytes:
    """A zip of one folder a run, for ``tensorboard --logdir``: losses, accuracy and learning rate by epoch.

    The learning-rate finder's curve is a run of its own, by step; the figures stand beside it as text.
    """
    with TemporaryDirectory() as folder:
        _write(training, Path(folder))
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
            for path in sorted(path for path in Path(folder).rglob("*") if path.is_file()):
                file.write(path, path.relative_to(folder))
        return packed.getvalue()


def _write(training: Training, folder: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of its generated messages
        from tensorboardX import SummaryWriter  # type: ignore[import-untyped]

    for run in sorted({epoch.run for epoch in training.curves.epochs}):
        with SummaryWriter(str(folder / f"run-{run}"), max_queue=1000) as writer:
            for epoch in (each for each in training.curves.epochs if each.run == run):
                writer.add_scalar("loss/training", epoch.loss, epoch.number)
                writer.add_scalar("loss/validation", epoch.validation_loss, epoch.number)
                writer.add_scalar("accuracy/validation", epoch.validation_accuracy, epoch.number)
                writer.add_scalar("learning rate", epoch.learning_rate, epoch.number)
            text = (
                f"accuracy {training.accuracy:.4f}, calibration error {training.ece:.4f}, backbone {training.backbone}"
            )
            writer.add_text("figures", text)
    with SummaryWriter(str(folder / "learning-rate-finder"), max_queue=1000) as writer:
        for step, (rate, loss) in enumerate(training.curves.finder):
            writer.add_scalar("finder/learning rate", rate, step)
            writer.add_scalar("finder/loss", loss, step)
