"""Train on texts: accuracy, calibration error and seconds of each method, with 300 and 3,000 tweets of three moods.

python -m benchmarks.train_texts --data FOLDER [--method tf-idf tweet-lstm jeeves] [--texts 300 3000] [--seeds 0]

FOLDER holds tweets/*.parquet. Trained on is what the training of the bundled LSTM had too; measured on are 2,000 other
tweets of Tweet Sentiment Extraction, which neither had. The LSTM was trained for these moods: its features know more
than those of the other methods.
"""

import argparse
import csv
import os
import tempfile
import time
from pathlib import Path

import numpy as np
import torch

from training.sentiment.tweets import Tweets, load_tweets, train_test_split
from zoo.core import user_models
from zoo.core.steps import PAUSE, Steps
from zoo.exhibits.sentiment import LABELS, probabilities
from zoo.exhibits.train.measures import expected_calibration_error
from zoo.exhibits.train.results import Training
from zoo.exhibits.train.texts.knobs import METHODS, TrainTextsKnobs
from zoo.exhibits.train.texts.training import train_texts

SOURCE, TESTED = "extraction", 2000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--method", nargs="*", choices=METHODS, default=list(METHODS))
    parser.add_argument("--texts", nargs="*", type=int, default=[300, 3000])
    parser.add_argument("--seeds", nargs="*", type=int, default=[0])
    given = parser.parse_args()
    known, others = (shuffled(part) for part in train_test_split(load_tweets(given.data)))
    load = " ".join(f"{value:.1f}" for value in os.getloadavg())
    print(f"{torch.get_num_threads()} threads; load of the machine before: {load}")
    with tempfile.TemporaryDirectory() as folder:
        os.environ["ZOO_DATA"] = folder
        for count in given.texts:
            for method in given.method:
                for seed in given.seeds:
                    report(known, others, count, TrainTextsKnobs(model=method, seed=seed), Path(folder))


def shuffled(tweets: Tweets) -> tuple[list[str], np.ndarray]:
    """The texts of one source in an order of their own, and their class indices."""
    part = tweets.of_source(SOURCE)
    order = np.random.default_rng(0).permutation(len(part.texts))
    return [part.texts[index] for index in order], part.labels[order]


def report(
    known: tuple[list[str], np.ndarray],
    others: tuple[list[str], np.ndarray],
    count: int,
    knobs: TrainTextsKnobs,
    folder: Path,
) -> None:
    """Train on the first ``count`` texts, and measure the saved model on the first ``TESTED`` others."""
    path = folder / "table.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["text", "label"])
        writer.writerows((text, LABELS[label]) for text, label in zip(known[0][:count], known[1][:count], strict=True))
    steps = Timed(train_texts(path, knobs))
    training = steps.run()
    texts, truth = others[0][:TESTED], others[1][:TESTED]
    rows = probabilities(training.model, texts)
    accuracy, error = (rows.argmax(1) == truth).mean(), expected_calibration_error(truth, rows)
    user_models.remove(training.model)
    print(
        f"{knobs.model:11} {count:5} texts, seed {knobs.seed}: {accuracy:.1%} of {len(texts):,} others right, "
        f"ECE {error:.1%}, {training.seconds:.0f} s; 99 in 100 steps below {steps.p99:.0f} ms of CPU, all threads",
        flush=True,
    )


class Timed:
    """Steps whose times on the CPU, of all threads, are measured: what else the machine does counts little."""

    def __init__(self, steps: Steps[Training]) -> None:
        self.steps, self.spent = steps, [0.0]

    @property
    def p99(self) -> float:
        """Milliseconds."""
        return float(np.quantile(self.spent, 0.99)) * 1000

    def run(self) -> Training:
        while True:
            start = time.process_time()
            try:
                record = next(self.steps)
            except StopIteration as stop:
                result: Training = stop.value
                return result
            if record is PAUSE or record.step:
                self.spent.append(time.process_time() - start)


if __name__ == "__main__":
    main()
