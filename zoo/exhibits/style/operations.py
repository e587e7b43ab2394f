"""Style's declaration."""

from zoo.core.operations import Exhibit

EXHIBIT = Exhibit(
    name="style",
    title="Style transfer",
    icon=":material/brush:",
    sentence="Render a photograph in the style of a painting: in one forward pass, or by optimising its pixels.",
    invitation="How would Van Gogh have painted it?",
    picture="A photograph of a temple in the style of short strokes of blue and yellow",
    operations=(),
)
