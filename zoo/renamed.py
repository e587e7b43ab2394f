"""Names of version 0.1: commands that work for one release, and options and fields whose new names errors tell."""

COMMANDS = {
    "style-at-once": "style-fast",
    "generate-surprise": "generate-perplexity",
    "generate-tune": "generate-fine-tune",
    "back-translate": "augment-back-translation",
    "back-translate-table": "augment-back-translation-table",
}

FIELDS = {
    "sound": {
        "hide_from": "time_mask_start",
        "hide_seconds": "time_mask_width",
        "hide_band": "frequency_mask_start",
        "hide_bands": "frequency_mask_width",
        "fill": "mask_value",
    },
    "sound-timeline": {"every": "hop", "at_least": "threshold"},
    "sound-spectrogram": {"fft": "n_fft", "hop": "hop_length", "mels": "n_mels", "span": "top_db"},
    "style": {
        "style": "style_weight",
        "content": "content_weight",
        "smoothness": "tv_weight",
        "brush": "style_scale",
        "fine": "fine_weight",
        "middle": "middle_weight",
        "coarse": "coarse_weight",
        "start": "init",
        "painting": "paintings",
    },
    "style-fast": {"share": "interpolation"},
    "style-learn": {"weight": "style_weight"},
    "generate-fine-tune": {"rate": "learning_rate"},
    "adversarial-surrogate": {"questions": "queries"},
}
"""Of each operation, by its command."""

OPTIONS = {
    "classify": {"--heat-map": "use the command classify-heat-map, with --output FILE"},
    "adversarial": {"--save": "use --output"},
    "sentiment": {"--words": "use the command sentiment-words"},
    "style": {"--animation": "use the command style-animation, with --output FILE"},
    "sound-timeline": {"--csv": "use --output"},
}
"""Options that are not those of fields: what to use instead."""


def new_option(command: str, option: str) -> str | None:
    """What to use instead of an old option, or None.

    >>> new_option("adversarial", "--save"), new_option("sound", "--hide-from"), new_option("sound", "--none")
    ('use --output', 'use --time-mask-start', None)
    """
    command = COMMANDS.get(command, command)
    field = FIELDS.get(command, {}).get(option.removeprefix("--").replace("-", "_"))
    return f"use --{field.replace('_', '-')}" if field else OPTIONS.get(command, {}).get(option)
