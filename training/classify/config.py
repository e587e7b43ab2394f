"""The configs of the classifiers' recipes."""

from pydantic import Field

from training.recipes import RecipeConfig


class ClassifierConfig(RecipeConfig):
    """What both recipes have."""

    sizes: str = Field(description="Input size in pixels of each epoch, as 2x96,128: progressive resizing.")
    learning_rate: float = Field(ge=0, description="Peak rate; 0 runs the range test, prints its curve and stops.")
    layer_decay: float = Field(gt=0, le=1, description="Factor of the rate per layer towards the input; 1 is off.")
    batch_size: int = Field(gt=0, description="Labelled pictures in a batch.")
    label_smoothing: float = Field(default=0.1, ge=0, lt=1, description="Mass spread evenly over the classes.")
    mixup_alpha: float = Field(default=0.2, ge=0, description="Parameter of mixup's beta distribution; 0 is off.")
    cutmix_probability: float = Field(default=0.5, ge=0, le=1, description="Batches with CutMix instead of mixup.")
    teachers: tuple[str, ...] = Field(default=(), description="Checkpoints to distil from, by the names of their runs.")
    teacher_weight: float = Field(default=0.8, ge=0, le=1, description="Weight of the teachers' outputs in the target.")
    init_from: str = Field(default="", description="The run whose weights this one starts from.")


class MobileNetConfig(ClassifierConfig):
    sizes: str = "14x160"
    learning_rate: float = 1e-3
    layer_decay: float = 0.95
    batch_size: int = 512
    photo_batch_size: int = Field(default=48, gt=0, description="Shrunken photographs in a batch.")


class ResNetConfig(ClassifierConfig):
    sizes: str = "40x96,14x128"
    learning_rate: float = 0.05
    layer_decay: float = 1.0
    batch_size: int = 500
