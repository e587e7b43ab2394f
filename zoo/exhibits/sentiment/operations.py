"""Sentiment's declaration."""

from zoo.core.operations import Exhibit

EXHIBIT = Exhibit(
    name="sentiment",
    title="Sentiment of text",
    icon=":material/sentiment_satisfied:",
    sentence="Type a tweet: an LSTM gives the probability of each sentiment, and the contribution of each word.",
    invitation="Is that praise?",
    picture="A tweet with each word coloured by its contribution, beside the probability of each sentiment",
    operations=(),
)
