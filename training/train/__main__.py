"""``python -m training.train``: draw the example pictures of Train."""

from training.train import examples

examples.write()
