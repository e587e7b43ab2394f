"""Augment's declaration."""

from zoo.core.operations import Exhibit

EXHIBIT = Exhibit(
    name="augment",
    title="Augment text",
    icon=":material/auto_awesome:",
    sentence="Turn one sentence into many with about the same meaning, to train on when there are too few.",
    invitation="How else can you say it?",
    picture="A sentence and eight augmented versions, with inserted and deleted words marked",
    operations=(),
)
