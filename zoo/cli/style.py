"""How Style's results read in a terminal."""

from zoo.cli.classify import note_lines
from zoo.core.cards import CardSummary
from zoo.exhibits.style.results import FastStyle, OptimisedStyle


def style(result: OptimisedStyle) -> str:
    size = f"{result.width} x {result.height} pixels, {len(result.style_loss)} steps"
    losses = f"content loss {result.content_loss[-1]:.3g}, style loss {result.style_loss[-1]:.3g}"
    line = f"{result.network}  {size}  {losses}  [{result.restriction}]. Save the picture with --output."
    return "\n".join([line, *note_lines(result)])


def style_animation(result: OptimisedStyle) -> str:
    return style(result).replace("picture", "animation")


def style_fast(result: FastStyle) -> str:
    width, height = result.picture.size
    size = f"{width} x {height} pixels, {result.milliseconds:.0f} ms"
    line = f"{', '.join(result.models)}  {size}  [{result.restriction}]. Save the picture with --output."
    return "\n".join([line, *note_lines(result)])


def style_learn(card: CardSummary) -> str:
    return f"{card.name}  {card.title}  [{card.restriction}]. Use it with zoo style-fast --model {card.name}."
