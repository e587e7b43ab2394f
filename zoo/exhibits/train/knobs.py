"""The knobs of Train."""

from pydantic import Field

from zoo.exhibits.train.transforms import AugmentationKnobs

DEFAULT_MODEL = "mobilenet-v2"


class TrainKnobs(AugmentationKnobs):
    title: str = Field(
        default="My classifier", min_length=1, max_length=60, title="Title", description="The name of the new model."
    )
    model: str = Field(
        default=DEFAULT_MODEL,
        title="Backbone",
        description="The classifier whose layers compute the features: mobilenet-v2, resnet-18 or one of torchvision.",
    )
    epochs: int = Field(
        default=50,
        ge=1,
        le=500,
        title="Epochs of the head",
        description="How often the last layer is trained on the features of all training pictures.",
    )
    fine_tune_epochs: int = Field(
        default=0,
        ge=0,
        le=100,
        title="Epochs of all layers",
        description="How often all layers are trained on the pictures afterwards; 0 leaves the backbone as it is.",
    )
    learning_rate: float = Field(
        default=0.0,
        ge=0.0,
        le=1.0,
        title="Learning rate",
        description="The largest learning rate of the head; 0 is what the learning-rate finder suggests.",
    )
    fine_tune_rate: float = Field(
        default=3e-4,
        ge=1e-6,
        le=1e-2,
        title="Learning rate of all layers",
        description="The largest learning rate of the last layers; that of the first ones is a tenth of it.",
    )
    label_smoothing: float = Field(
        default=0.0,
        ge=0.0,
        le=0.5,
        title="Label smoothing",
        description="The probability that the targets give to all classes alike.",
    )
    weight_decay: float = Field(
        default=0.0,
        ge=0.0,
        le=1.0,
        title="Weight decay",
        description="How strongly large weights are held back; 0 is chosen by cross-validation.",
    )
    size: int = Field(
        default=0,
        ge=0,
        le=384,
        multiple_of=32,
        title="Size",
        description="The sides of the network's input, a multiple of 32; 0 suits the backbone and the pictures.",
        json_schema_extra={"unit": "pixels"},
    )
    progressive_size: bool = Field(
        default=True,
        title="Progressive size",
        description="Begin training all layers on smaller pictures: faster, and often more accurate.",
    )
    runs: int = Field(
        default=1, ge=1, le=5, title="Runs", description="How many trainings the model averages: an ensemble."
    )
    validation: float = Field(
        default=0.2,
        ge=0.05,
        le=0.5,
        title="Validation",
        description="The fraction of the pictures that is not trained on, for the figures.",
    )
    seed: int = Field(
        default=0, ge=0, le=9999, title="Seed", description="Selects the validation pictures and the batches."
    )
