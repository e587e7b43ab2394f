"""The configs of Sound's recipes."""

from pydantic import Field

from training.recipes import RecipeConfig


class SoundConfig(RecipeConfig):
    """What both recipes have."""

    hold_out: int = Field(default=0, ge=0, le=4, description="The fold that is measured and not trained on; 0: none.")
    epochs: int = Field(gt=0, description="Passes over the clips.")
    learning_rate: float = Field(ge=0, description="Peak rate; 0 runs the range test, prints its curve and stops.")
    weight_decay: float = Field(ge=0, description="Of AdamW.")
    batch_size: int = Field(default=16, gt=0, description="Clips in a batch: few, since few clips make few steps.")
    label_smoothing: float = Field(default=0.1, ge=0, lt=1, description="Mass spread evenly over the classes.")
    init_from: str = Field(default="", description="The config whose run, of the same fold, gives the first weights.")


class SpectrogramConfig(SoundConfig):
    epochs: int = 26
    learning_rate: float = 1e-3
    weight_decay: float = 0.02
    layer_decay: float = Field(default=0.95, gt=0, le=1, description="Factor of the rate per layer to the input.")
    mixup_alpha: float = Field(default=0.3, ge=0, description="Parameter of mixup's beta distribution; 0 is off.")
    max_masked_bands: int = Field(default=24, ge=1, description="SpecAugment: the widest frequency mask, in mel bands.")
    max_masked_frames: int = Field(default=48, ge=1, description="SpecAugment: the widest time mask, in frames.")


class AudioNetConfig(SoundConfig):
    epochs: int = 40
    learning_rate: float = 1.5e-3
    weight_decay: float = 0.05
    mix_probability: float = Field(default=0.7, ge=0, le=1, description="Clips that are mixed with another.")
    teacher: str = Field(default="", description="The config whose run, of the same fold, is distilled from.")


class YamNetConfig(SoundConfig):
    epochs: int = 10
    learning_rate: float = 5e-4
    weight_decay: float = 0.02
    dropout: float = Field(default=0.3, ge=0, lt=1, description="Of the features before the last layer.")
    layer_decay: float = Field(default=0.7, gt=0, le=1, description="Factor of the rate per layer to the input.")
    first_layer: int = Field(default=11, ge=2, le=14, description="The first of 14 layers that is fine-tuned.")
    mix_probability: float = Field(default=0.5, ge=0, le=1, description="Clips that are mixed with another.")
    max_masked_bands: int = Field(default=8, ge=1, description="SpecAugment: the widest frequency mask, in mel bands.")
    max_masked_frames: int = Field(default=40, ge=1, description="SpecAugment: the widest time mask, in frames.")
    frames: int = Field(default=384, ge=96, multiple_of=96, description="Frames of 10 ms of a clip in a step.")
    tuned_share: float = Field(default=0.75, ge=0, le=1, description="Of the tuned weights in the mean with the first.")
    strangers: int = Field(default=4, ge=0, description="Sounds of no class in a batch; every class is as probable.")
