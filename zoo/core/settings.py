"""The operator's settings: environment variables, each declared once. The documentation is generated from them."""

from pathlib import Path

from platformdirs import user_cache_path, user_data_path
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
        description="Memory for loaded models in MB (10^6 bytes). Unset: a quarter of memory, or 70% of a GPU's.",
    )
    decoding_mb: float = Field(
        default=600,
        gt=0,
        description="Memory in MB for pictures and sounds while they are decoded and used. More of them wait in order.",
    )
    api_threads: int | None = Field(
        default=None,
        ge=1,
        le=256,
        description="Threads that decode and compute for the API. Unset: two for each core, at least 4.",
    )
    api_queue: int = Field(
        default=64,
        ge=1,
        description="Requests to the API that wait for one of these threads. More are answered with 429.",
    )
    request_seconds: float = Field(
        default=300,
        gt=0,
        description="Seconds until a request to the API is answered with 504. A stream of events has no limit.",
    )
    warm: str = Field(
        default="all",
        description="Exhibits whose first prediction is made at start, in the background: `all`, `none`, or names "
        "with commas between them.",
    )
    data: Path = Field(
        default_factory=lambda: user_data_path("menagerie", appauthor=False),
        description="Folder for visitors' own models. Unset: the system's folder for the data of programs.",
    )
    models_per_address: int = Field(
        default=100,
        ge=1,
        description="Own models that one network address may keep, and as many sets of pictures to train on. A school "
        "may have one address for all.",
    )
    trusted_proxies: str = Field(
        default="",
        description="Addresses or networks of proxies, with commas between them, whose `X-Forwarded-For` is believed, "
        "as in `127.0.0.1,10.0.0.0/8`. Unset: none, and a proxy's visitors count as one address.",
    )
    offline: bool = Field(
        default=False,
        description="Whether everything that needs the network is refused at once: downloads, and translation by "
        "Google.",
    )
    download_gb: float = Field(
        default=10.0,
        ge=0,
        description="Official models downloaded to this machine, in GB (10^9 bytes) in all. 0: no downloads.",
    )
    cache: Path = Field(
        default_factory=lambda: user_cache_path("menagerie", appauthor=False),
        description="Folder for what was measured on this machine. Unset: the system's folder for caches.",
    )
    controls: bool = Field(
        default=True,
        description="Whether visitors may load, unload, pin, fetch and remove models, and measure them. `false`: pages "
        "and HTTP only show what there is.",
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
    embed: str = Field(
        default="",
        description="Sites, with spaces between them, that may show the pages in a frame, as in "
        "`https://moodle.example.org`. Unset: no other site.",
    )


def variable(name: str) -> str:
    """The environment variable of a field.

    >>> variable("budget_mb"), variable("hf_home")
    ('ZOO_BUDGET_MB', 'HF_HOME')
    """
    alias = Settings.model_fields[name].validation_alias
    return str(alias.choices[0]) if isinstance(alias, AliasChoices) else f"ZOO_{name.upper()}"
