"""The knobs of training on texts."""

from pydantic import Field

from zoo.core.tables import TableFormatKnobs

TFIDF, LSTM, LANGUAGE_MODEL = METHODS = ("tf-idf", "tweet-lstm", "jeeves")


class TrainTextsKnobs(TableFormatKnobs):
    title: str = Field(
        default="My text classifier",
        min_length=1,
        max_length=60,
        title="Title",
        description="The name of the new model.",
    )
    model: str = Field(
        default=TFIDF,
        title="Method",
        description="tf-idf: n-grams with logistic regression. tweet-lstm: features of the bundled LSTM with a head. "
        "jeeves: the bundled language model, fine-tuned gradually. Or a text classifier of the hub that was "
        "downloaded before, as in hub/twitter-roberta: its features with a head.",
    )
    column: str = Field(
        default="", max_length=1000, title="Text column", description="The column with the texts; empty: guessed."
    )
    label: str = Field(
        default="", max_length=1000, title="Label column", description="The column with the labels; empty: guessed."
    )
    epochs: int = Field(
        default=40,
        ge=1,
        le=200,
        title="Epochs of the head",
        description="How often the last layer is trained on the features of all training texts; not for tf-idf.",
    )
    language_model_epochs: int = Field(
        default=3,
        ge=0,
        le=10,
        title="Epochs of the language model",
        description="jeeves: how often the language model is first trained to continue the texts, without labels.",
    )
    fine_tune_epochs: int = Field(
        default=4,
        ge=0,
        le=20,
        title="Epochs of all layers",
        description="jeeves: how often the classifier is trained, each time with more of its last layers.",
    )
    learning_rate: float = Field(
        default=0.0,
        ge=0.0,
        le=1.0,
        title="Learning rate",
        description="The largest learning rate of the head; 0 is what the learning-rate finder suggests.",
    )
    validation: float = Field(
        default=0.2,
        ge=0.05,
        le=0.5,
        title="Validation",
        description="The fraction of the texts that is not trained on, for the figures.",
    )
    seed: int = Field(
        default=0, ge=0, le=9999, title="Seed", description="Selects the validation texts and the batches."
    )
