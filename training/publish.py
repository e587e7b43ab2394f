"""A model card from a template of ours and figures just measured, in the form that Hugging Face's parser reads."""

import re
from dataclasses import dataclass
from pathlib import Path

from huggingface_hub import EvalResult, ModelCard, ModelCardData


@dataclass(frozen=True)
class Figure:
    """A measured ``value`` of ``name`` on ``dataset``; fractions, not percent."""

    name: str
    value: float
    dataset: str


def write_card(folder: Path, template: Path, figures: list[Figure], words: dict[str, object]) -> None:
    """Write README.md: the template's front matter and text, with ``model-index``, a table of figures and ``words``."""
    card = ModelCard(template.read_text())
    front = card.data.to_dict()
    results = [
        EvalResult(
            task_type=front["pipeline_tag"],
            dataset_type=re.sub(r"\W+", "-", figure.dataset).strip("-").lower(),  # results of one type are merged
            dataset_name=figure.dataset,
            metric_type="recall" if "recall" in figure.name else "accuracy",
            metric_name=figure.name,
            metric_value=round(figure.value, 4),
        )
        for figure in figures
    ]
    data = ModelCardData(**front, model_name=folder.name, eval_results=results, ignore_metadata_errors=False)
    rows = [f"| {figure.name} | {figure.value:.1%} | {figure.dataset} |" for figure in figures]
    table = "\n".join(["| figure | value | measured on |", "|---|---|---|", *rows])
    text = card.text.strip().format(figures=table, **words)
    (folder / "README.md").write_text(f"---\n{data.to_yaml()}\n---\n\n{text}\n")
