"""Sound's declaration."""

from zoo.core.operations import Exhibit

EXHIBIT = Exhibit(
    name="sound",
    title="Classify sounds",
    icon=":material/graphic_eq:",
    sentence="Upload or record a sound: two networks classify it, and its spectrogram shows the evidence.",
    invitation="What was that noise?",
    picture="A spectrogram with the evidence highlighted, beside the five most probable classes",
    operations=(),
    ensemble=True,
)
