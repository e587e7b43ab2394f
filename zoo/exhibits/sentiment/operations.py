"""Sentiment's declaration."""

from zoo.core.inputs import Input
from zoo.core.operations import Exhibit, File, Operation
from zoo.exhibits.sentiment.knobs import MAX_CHARACTERS, SentimentKnobs, SingleModelKnobs, TableKnobs
from zoo.exhibits.sentiment.results import AnnotatedTable, Rewrites, Sentiment, WordContributions

TEXT = Input("text", "text", "An English text, as short as a tweet.", max_characters=MAX_CHARACTERS)
EXAMPLE = {"text": "I love how this little zoo runs without any network, well done!"}

EXHIBIT = Exhibit(
    name="sentiment",
    title="Sentiment of text",
    icon=":material/sentiment_satisfied:",
    sentence="Type a tweet: an LSTM gives the probability of each sentiment, and the contribution of each word.",
    invitation="Is that praise?",
    picture="A tweet with each word coloured by its contribution, beside the probability of each sentiment",
    takes="text",
    operations=(
        Operation(
            exhibit="sentiment",
            summary="The probability of negative, neutral and positive for a text, by one or more models.",
            function="zoo.exhibits.sentiment:sentiment",
            inputs=(TEXT,),
            knobs=SentimentKnobs,
            result=Sentiment,
            brief=True,
            shows="result.answers[0].predictions",
            example=EXAMPLE,
        ),
        Operation(
            exhibit="sentiment",
            name="words",
            summary="The contribution of each word to the sentiment of a text, by occlusion.",
            function="zoo.exhibits.sentiment:word_contributions",
            inputs=(TEXT,),
            knobs=SingleModelKnobs,
            result=WordContributions,
            shows="result.words",
            example=EXAMPLE,
        ),
        Operation(
            exhibit="sentiment",
            name="rewrites",
            summary="The sentiment of a text negated, in upper case, and with emoticons, emoji and a hashtag.",
            function="zoo.exhibits.sentiment:rewrites",
            inputs=(TEXT,),
            knobs=SingleModelKnobs,
            result=Rewrites,
            shows="result.rewrites",
            example=EXAMPLE | {"neutral": False},
        ),
        Operation(
            exhibit="sentiment",
            name="table",
            summary="A CSV table with the sentiment of each row in three more columns, and statistics over all rows.",
            function="zoo.exhibits.sentiment:annotate_table",
            inputs=(Input("table", "table", "A table with a column of texts."),),
            knobs=TableKnobs,
            result=AnnotatedTable,
            shows="result.counts",
            job=True,
            file=File("text/csv", ".csv", written=True),
            example={"table": "examples:tweets", "label": "label"},
        ),
    ),
)
