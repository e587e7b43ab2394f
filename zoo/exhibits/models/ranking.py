"""Which model for a task: a ranking by what the cards say and what was measured here, with the reasons."""

from collections.abc import Callable, Sequence
from statistics import fmean

from zoo.exhibits.models.describing import facts
from zoo.exhibits.models.knobs import ChooseKnobs, FactsKnobs
from zoo.exhibits.models.results import Candidate, Choice, Facts

RESTRICTED = ("non-commercial", "research", "not known", "unclear")
LOWER_IS_BETTER = ("loss ratio", "relative error", "bits per character", "perplexity")


def choose(*, knobs: ChooseKnobs, owner: str) -> Choice:
    """The models for a task, the best first. Quality is compared among models measured on the same data alone."""
    wanted = FactsKnobs(source="all" if knobs.official else "here", task=knobs.task)
    listed = facts(knobs=wanted, owner=owner).models
    models = [each for each in listed if not (knobs.commercial and is_restricted(each))]
    criteria: dict[str, Callable[[Facts], float]] = {"quality": badness, "speed": slowness, "size": by_size}
    names = list(criteria) if knobs.priority == "balance" else [knobs.priority]
    scores = dict.fromkeys((each.name for each in models), 0.0)
    for name in names:
        ranks = ranking(models, criteria[name])
        for model in models:
            scores[model.name] += ranks[model.name] / len(names)
    ordered = sorted(models, key=lambda each: (scores[each.name], each.size_bytes))
    return Choice(
        knobs.task,
        knobs.priority,
        tuple(Candidate(each.name, each.restriction, scores[each.name], reasons(each, models)) for each in ordered),
    )


def is_restricted(model: Facts) -> bool:
    return any(word in model.restriction.lower() for word in RESTRICTED)


def ranking(models: Sequence[Facts], value: Callable[[Facts], float]) -> dict[str, float]:
    """Ranks from 0 for the lowest value; equal values share the mean of their ranks."""
    ordered = sorted(value(each) for each in models)
    return {each.name: fmean(rank for rank, other in enumerate(ordered) if other == value(each)) for each in models}


def lower_is_better(model: Facts) -> bool:
    return any(word in model.metrics[0].name.lower() for word in LOWER_IS_BETTER)


def badness(model: Facts) -> float:
    """The first metric of the card, so that less is better; the worst where there is none."""
    if not model.metrics:
        return float("inf")
    return model.metrics[0].value if lower_is_better(model) else -model.metrics[0].value


def slowness(model: Facts) -> float:
    """Milliseconds here on the fastest device; behind all measured ones by operations, else by parameters."""
    if model.measured:
        return min(each.p50_ms for each in model.measured)
    return 1e9 + (model.costs.macs if model.costs else 1e3 * model.parameters)


def by_size(model: Facts) -> float:
    return model.size_bytes


def reasons(model: Facts, others: Sequence[Facts]) -> tuple[str, ...]:
    """Sentences: quality with its data, speed, size, licence."""
    sentences = []
    if model.metrics:
        metric = model.metrics[0]
        source = "measured here" if metric.provenance == "here" else "as published"
        sentences.append(f"{metric.name} {metric.text} on {metric.dataset.partition(';')[0]} ({source}).")
        if len({other.metrics[0].dataset for other in others if other.metrics}) > 1:
            sentences.append("The models were measured on different data: compare these figures with care.")
    else:
        sentences.append("Its publisher states no metric.")
    if model.measured:
        best = min(model.measured, key=lambda each: each.p50_ms)
        sentences.append(f"{best.p50_ms:.3g} ms for {best.input} on this machine ({best.device}).")
    elif model.costs:
        sentences.append(
            f"{model.costs.macs / 1e9:.2g} G multiply-accumulates for {model.costs.input}; not timed here."
        )
    else:
        sentences.append("Not measured here yet.")
    sentences.append(f"{model.size_bytes / 1e6:.2g} MB on disk{'' if model.on_this_machine else ', to be fetched'}.")
    sentences.append(f"Restriction: {model.restriction}.")
    return tuple(sentences)
