"""The operator's settings: environment variables, each declared once. The documentation is generated from them."""

from pathlib import Path

from platformdirs import user_data_path
from pydantic import AliasChoices, Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """One field a variable: ``device`` is read from ``ZOO_DEVICE``, and so on. An empty variable counts as unset."""

    model_config = SettingsConfigDict(env_prefix="ZOO_", env_ignore_empty=True, frozen=True)

    device: str | None = Field(
        default=None,
        description="The device of the models: `cuda`, `cuda:1`, `mps` or `cpu`. Unset: the best device there is.",
    )
    budget_mb: float | None = Field(
        default=None,
        gt=0,
        description="Memory for loaded models in MB (10^6 bytes). Unset: a quarter of memory, or 70 % of a GPU's.",
    )
    data: Path = Field(
        default_factory=lambda: user_data_path("menagerie", appauthor=False),
        description="Folder for visitors' own models. Unset: the system's folder for the data of programs.",
    )
    torch_home: Path | None = Field(
        default=None,
        validation_alias=AliasChoices("TORCH_HOME"),
        description="Folder for torchvision's weights. Unset: `~/.cache/torch`.",
    )
    hf_home: Path | None = Field(
        default=None,
        validation_alias=AliasChoices("HF_HOME"),
        description="Folder for models of the Hugging Face hub. Unset: `~/.cache/huggingface`.",
    )


def variable(name: str) -> str:
    """The environment variable of a field.

    >>> variable("budget_mb"), variable("hf_home")
    ('ZOO_BUDGET_MB', 'HF_HOME')
    """
    alias = Settings.model_fields[name].validation_alias
    return str(alias.choices[0]) if isinstance(alias, AliasChoices) else f"ZOO_{name.upper()}"
