"""The pictures on the cards of the home page: real results, set small. ``make screenshots`` writes them."""

import base64
import io
import os
import tempfile
import zipfile
from collections.abc import Callable
from html import escape
from typing import Any
from unittest import mock

import numpy as np
from PIL import Image, ImageOps
from playwright.sync_api import Browser

import zoo
from tests.e2e import autoencoder_miniature, digits_miniature, gan_miniature
from tests.e2e.browser import ROOT
from zoo.core.cards import bundled_cards
from zoo.exhibits import classify, style
from zoo.exhibits.style.knobs import FastStyleKnobs

FOLDER = ROOT / "assets" / "examples"
WIDTH, HEIGHT = 480, 300
BARS = 4
FIGURE_SPACE = "\u2007"  # as wide as a digit
TEXTS = {"sentiment": "I love how this little zoo runs without a network, well done!", "translate": "The cat sleeps."}
PROMPT, PARAPHRASED = "It was one of those mornings when", "A slow and gentle story with a brilliant actor."
CSS = """
:root { --paper: #fbf8f1; --panel: #f1eada; --ink: #1a2a26; --teal: #0f6b5c; --warm: #c17c00; --red: #b23a3a }
:root.dark { --paper: #0e1715; --panel: #182421; --ink: #ebe7da; --teal: #4db6a2; --warm: #f0b429; --red: #e57373 }
* { box-sizing: border-box }
body { margin: 0; width: 480px; height: 300px; padding: 20px; display: flex; gap: 18px; align-items: center;
  justify-content: center; background: var(--panel); color: var(--ink); font: 19px/1.5 "Source Sans 3", sans-serif }
img { display: block; border-radius: 8px; object-fit: cover }
.bars { flex: 1; min-width: 0 } .bars div { font-size: 17px; white-space: nowrap; overflow: hidden }
.bars i { display: block; height: 13px; border-radius: 4px; background: var(--teal); margin-bottom: 8px }
p { margin: 0; overflow-wrap: anywhere } figure { margin: 0; text-align: center; font-size: 17px }
.column { flex-direction: column; display: flex; gap: 14px; width: 100% }
mark { color: inherit; border-radius: 4px; padding: 1px 0 } table { font-size: 27px }
th { padding: 4px 10px } s { color: var(--red) } u { color: var(--teal) }
"""


def url(image: Image.Image) -> str:
    file = io.BytesIO()
    image.convert("RGB").save(file, "WEBP", quality=90)
    return f"data:image/webp;base64,{base64.b64encode(file.getvalue()).decode()}"


def picture(image: Image.Image, width: int, height: int) -> str:
    fitted = ImageOps.fit(image.convert("RGB"), (2 * width, 2 * height))
    return f'<img src="{url(fitted)}" width="{width}" height="{height}">'


def bars(answer: Any) -> str:
    rows = answer.predictions[:BARS]
    lines = [
        f"<div>{escape(p.label)} {p.probability:.0%}</div><i style='width:{max(2, 100 * p.probability):.0f}%'></i>"
        for p in rows
    ]
    return f'<div class="bars">{"".join(lines)}</div>'


def shaded(text: str, weight: float, colour: str = "--teal") -> str:
    """``weight`` in [0, 1]; half the colour at most, so that the text stays legible."""
    share = f"{50 * min(1.0, weight):.0f}%"
    return f'<mark style="background:color-mix(in srgb,var({colour}) {share},transparent)">{escape(text)}</mark>'


def classify_html() -> str:
    image = zoo.example("chelsea")
    heat = zoo.classify_heat_map(image)
    blended = classify.overlay(Image.open(image), heat.heat, heat.box, 0.55).crop(heat.box)
    return picture(blended, 220, 220) + bars(zoo.classify(image).answers[0])


def adversarial_html() -> str:
    result = zoo.adversarial(zoo.example("coffee"), method="pgd", target="goldfish", epsilon=2)
    return "".join(
        f"<figure>{picture(image, 205, 205)}{escape(best.label)}, {best.probability:.0%}</figure>"
        for image, best in (
            (result.original, result.before.predictions[0]),
            (result.adversarial, result.after.predictions[0]),
        )
    )


def style_html() -> str:
    photograph = Image.open(zoo.example("china"))
    painted = style.stylise(photograph, FastStyleKnobs(model=["hat"])).stylised
    left = ImageOps.fit(photograph.convert("RGB"), (960, 600))
    right = ImageOps.fit(Image.fromarray(np.asarray(painted)), (960, 600))
    left.paste(right.crop((480, 0, 960, 600)), (480, 0))
    return picture(left, 440, 260)


def sound_html() -> str:
    result = zoo.sound(zoo.example("siren")).answers[0]
    drawn = zoo.sound_spectrogram(zoo.example("siren"))
    return picture(drawn.picture, 220, 220) + bars(result)


def sentiment_html() -> str:
    words = zoo.sentiment_words(TEXTS["sentiment"]).words
    strongest = max(abs(word.contribution) for word in words)
    text = " ".join(
        shaded(word.word, abs(word.contribution) / strongest, "--teal" if word.contribution > 0 else "--red")
        for word in words
    )
    return f'<div class="column"><p>{text}</p>{bars(zoo.sentiment(TEXTS["sentiment"]).answers[0])}</div>'


def generate_html() -> str:
    sample = zoo.generate(PROMPT, length=32, seed=3).samples[0]
    text = "".join(shaded(token.text, token.probability) for token in sample.tokens)
    return f"<p><b>{escape(PROMPT)}</b>{text}</p>"


def translate_html() -> str:
    pair = zoo.translate_alignment(TEXTS["translate"]).sentences[0]
    head = "".join(f"<th>{escape(word)}</th>" for word in pair.source)
    blank = "\u2003" * 4
    cells = ("".join(f"<td>{shaded(blank, float(weight))}</td>" for weight in row) for row in pair.weights)
    rows = "".join(f"<tr><th>{escape(word)}</th>{row}</tr>" for word, row in zip(pair.target, cells, strict=True))
    return f"<table><tr><th></th>{head}</tr>{rows}</table>"


def augment_html() -> str:
    outputs = zoo.augment(PARAPHRASED, outputs=3, alpha=0.2, swap=False, seed=4).outputs
    tags = {"added": "u", "removed": "s", "same": "span"}
    lines = (
        " ".join(f"<{tags[span.kind]}>{escape(span.text)}</{tags[span.kind]}>" for span in output.diff)
        for output in outputs
    )
    return f'<div class="column">{"".join(f"<p>{line}</p>" for line in lines)}</div>'


def train_html() -> str:
    with tempfile.TemporaryDirectory() as data, mock.patch.dict(os.environ, ZOO_DATA=data):
        result = zoo.train(zoo.example("fruit"))
    with zipfile.ZipFile(zoo.example("fruit")) as archive:
        firsts = {name.split("/")[-2]: name for name in reversed(archive.namelist())}
        drawn = {label: Image.open(io.BytesIO(archive.read(firsts[label]))) for label in result.classes}
    most = max(max(row) for row in result.confusion)
    head = "".join(f"<th>{picture(image, 62, 62)}</th>" for image in drawn.values())
    rows = ""
    for (label, image), counts in zip(drawn.items(), result.confusion, strict=True):
        cells = "".join(
            f"<td>{shaded(FIGURE_SPACE * 3 + str(count) + FIGURE_SPACE * 3, count / most, colour)}</td>"
            for other, count in zip(result.classes, counts, strict=True)
            for colour in ["--teal" if label == other else "--red"]
        )
        rows += f"<tr><th>{picture(image, 62, 62)}</th>{cells}</tr>"
    return f"<table><tr><th></th>{head}</tr>{rows}</table>"


def digits_html() -> str:
    return picture(digits_miniature.drawing(), 190, 190) + picture(digits_miniature.units(), 232, 174)


def gan_html() -> str:
    return gan_miniature.stage(gan_miniature.trained()) + picture(gan_miniature.clothes(), 200, 200)


def autoencoder_html() -> str:
    return picture(autoencoder_miniature.wall(), 432, 259)


def inside_html() -> str:
    """The layers of a network with bars of their time, beside the maps of one."""
    coffee = zoo.example("coffee")
    rows = [row for row in zoo.inside(coffee, model="resnet-18").rows if row.depth == 2 and row.milliseconds > 0.2]
    slowest = max(row.milliseconds for row in rows)
    lines = "".join(
        f"<div>{escape(row.name.rpartition('.')[2])} {' × '.join(map(str, row.output[1:]))}</div>"
        f"<i style='width:{max(2, 100 * row.milliseconds / slowest):.0f}%'></i>"
        for row in rows[:6]
    )
    maps = zoo.inside_activations(coffee, model="resnet-18", layer="network.conv1", maps=16).picture
    square = Image.new("RGB", (380, 380))
    for row in range(4):
        part = maps.crop((384 * (row % 2), 96 * (row // 2), 384 * (row % 2) + 380, 96 * (row // 2) + 92))
        square.paste(part, (0, 96 * row))
    return f'<div class="bars">{lines}</div>{picture(square, 230, 230)}'


def models_html() -> str:
    cards = sorted(bundled_cards(), key=lambda card: -card.size_bytes)[:6]
    largest = cards[0].size_bytes
    rows = "".join(
        f"<div>{escape(card.name)}, {card.size_bytes / 1e6:.1f} MB</div>"
        f"<i style='width:{100 * card.size_bytes / largest:.0f}%'></i>"
        for card in cards
    )
    return f'<div class="bars">{rows}</div>'


MINIATURES: dict[str, Callable[[], str]] = {
    "classify": classify_html,
    "adversarial": adversarial_html,
    "style": style_html,
    "sound": sound_html,
    "sentiment": sentiment_html,
    "generate": generate_html,
    "translate": translate_html,
    "augment": augment_html,
    "train": train_html,
    "digits": digits_html,
    "gan": gan_html,
    "autoencoder": autoencoder_html,
    "inside": inside_html,
    "models": models_html,
}


def draw(browser: Browser, only: str = "") -> None:
    """Write each miniature, light and dark, at twice its size."""
    page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}, device_scale_factor=2)
    for name, make in MINIATURES.items():
        if only not in ("", name):
            continue
        html = make()
        for theme in ("", "dark"):
            page.set_content(f'<html class="{theme}"><style>{CSS}</style><body>{html}</body></html>')
            shot = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
            suffix = f"-{theme}" if theme else ""
            shot.resize((3 * WIDTH // 2, 3 * HEIGHT // 2)).save(FOLDER / f"{name}{suffix}.webp", quality=80)
            print(f"assets/examples/{name}{suffix}.webp")
    page.close()
