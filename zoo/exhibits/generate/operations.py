"""Generate's declaration."""

from zoo.core.operations import Exhibit

EXHIBIT = Exhibit(
    name="generate",
    title="Generate text",
    icon=":material/edit_note:",
    sentence="Give a prompt: a small GPT-2 continues it token by token and shows the distribution behind each token.",
    invitation="How does the text go on?",
    picture="A generated text with each token shaded by its probability",
    operations=(),
)
