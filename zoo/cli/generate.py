"""How Generate's results read in a terminal."""

from collections.abc import Callable, Mapping
from typing import Any

from zoo.core.cards import CardSummary
from zoo.exhibits.generate.results import Attention, Generation, Perplexity


def stream_generate(values: Mapping[str, Any]) -> Callable[[Generation], str] | None:
    """Prompt and continuation so far; not for a beam search, which may change them again, nor for several samples."""
    streams = values["samples"] == 1 and values["method"] != "beam"
    return (lambda generation: generation.texts[0]) if streams else None


def generate(result: Generation) -> str:
    notes = [f"Note: {remark}" for remark in result.remarks]
    return "\n\n".join([*result.texts, "\n".join([*notes, f"[{result.model}: {result.restriction}]"])])


def generate_perplexity(result: Perplexity) -> str:
    lines = [f"{result.model}  perplexity {result.perplexity:,.1f}, {result.bits_per_character:.2f} bits per character"]
    lines += [f"  {bits:5.1f} bits  {token!r}" for token, bits in zip(result.tokens, result.bits, strict=True)]
    return "\n".join(lines)


def generate_attention(result: Attention) -> str:
    """For each token, the three that it attends to most."""
    head = f"head {result.head}" if result.head else "the mean over all heads"
    lines = [f"{result.model}: layer {result.layer}, {head}"]
    for row, token in enumerate(result.tokens):
        strongest = sorted(enumerate(result.weights[row, : row + 1].tolist()), key=lambda pair: -pair[1])[:3]
        lines.append(f"  {token!r}: " + ", ".join(f"{result.tokens[index]!r} {w:.0%}" for index, w in strongest))
    return "\n".join(lines)


def generate_fine_tune(card: CardSummary) -> str:
    return f"{card.name}  {card.title}  [{card.restriction}]\nUse it with: zoo generate --model {card.name}"
