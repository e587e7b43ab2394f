"""Draw apples, pears and bananas, free of licences: assets/examples/train-fruit.zip, a folder for each class.

Every picture has a shape, colours, a place, a turn and a ground of its own. The labels of two training pictures are
exchanged on purpose, so that there is something to clean; ``WRONG`` names them. The pictures of the folder ``test`` are
drawn by the same functions, and none of them is trained on.
"""

import io
import zipfile
from collections.abc import Callable

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from zoo.core.assets import EXAMPLES

CANVAS, SIDE = 384, 160  # pixels that are drawn on, and of the file
TRAINING, TEST = 20, 6  # pictures of each class
WRONG = (("apple", 7), ("pear", 11))  # whose labels are exchanged
Colour = tuple[int, ...]
Random = np.random.Generator
GROUNDS = ((203, 178, 142), (148, 110, 78), (226, 224, 216), (96, 122, 128), (60, 84, 60), (188, 120, 110))


def ground(random: Random) -> Image.Image:
    """A cloth or a board: a colour, uneven light and a grain."""
    colour = np.array(GROUNDS[random.integers(len(GROUNDS))]) + random.normal(0, 12, 3)
    coarse = Image.fromarray(random.normal(0, 16, (10, 10)).astype(np.float32))
    light = np.asarray(coarse.resize((CANVAS, CANVAS), Image.Resampling.BICUBIC))
    grain = random.normal(0, 5, (CANVAS, 1) if random.random() < 0.5 else (CANVAS, CANVAS))
    pixels = colour + (light + grain)[..., None]
    return Image.fromarray(pixels.clip(0, 255).astype(np.uint8))


def between(random: Random, first: Colour, second: Colour) -> Colour:
    position = random.random()
    return tuple(int(a + position * (b - a)) for a, b in zip(first, second, strict=True))


def outline(radius: Callable[[np.ndarray], np.ndarray]) -> list[tuple[float, float]]:
    """A closed curve around the middle, by its radius at each angle from the top, in pixels."""
    angle = np.linspace(0, 2 * np.pi, 90, endpoint=False)
    length = radius(angle)
    points = np.stack([CANVAS / 2 + length * np.sin(angle), CANVAS / 2 - length * np.cos(angle)], 1)
    return [(float(x), float(y)) for x, y in points]


def apple(random: Random) -> tuple[Image.Image, Colour]:
    """The mask of the fruit, and its colour: round, with a dent at the stem."""
    red, green, yellow = (176, 32, 36), (120, 160, 50), (214, 178, 60)
    wide, dent = random.uniform(88, 104), random.uniform(16, 26)
    mask = shape(outline(lambda a: wide - dent * np.exp(-((np.minimum(a, 2 * np.pi - a) / 0.35) ** 2))))
    return mask, between(random, red, green if random.random() < 0.35 else yellow if random.random() < 0.3 else red)


def pear(random: Random) -> tuple[Image.Image, Colour]:
    """Wide below, narrow above."""
    base, neck = random.uniform(84, 98), random.uniform(30, 46)

    def radius(angle: np.ndarray) -> np.ndarray:
        turned = np.minimum(angle, 2 * np.pi - angle)
        return np.asarray(base - neck * np.exp(-(((turned - 0.85) / 0.45) ** 2)) + 26 * np.exp(-((turned / 0.5) ** 2)))

    return shape(outline(radius)), between(random, (150, 168, 60), (206, 182, 78))


def banana(random: Random) -> tuple[Image.Image, Colour]:
    """A crescent: one disc without another."""
    mask = Image.new("L", (CANVAS, CANVAS))
    draw = ImageDraw.Draw(mask)
    size, shift = random.uniform(118, 132), random.uniform(46, 62)
    middle = CANVAS / 2
    draw.ellipse((middle - size, middle - size - 30, middle + size, middle + size - 30), fill=255)
    draw.ellipse((middle - size, middle - size - 30 - shift, middle + size, middle + size - 30 - shift), fill=0)
    return mask, between(random, (226, 190, 40), (196, 186, 60))


FRUITS: dict[str, Callable[[Random], tuple[Image.Image, Colour]]] = {"apple": apple, "banana": banana, "pear": pear}


def shape(points: list[tuple[float, float]]) -> Image.Image:
    mask = Image.new("L", (CANVAS, CANVAS))
    ImageDraw.Draw(mask).polygon(points, fill=255)
    return mask


def picture(name: str, random: Random) -> Image.Image:
    """One fruit on a ground, lit from the upper left, with its shadow."""
    image = ground(random)
    mask, colour = FRUITS[name](random)
    mask = mask.filter(ImageFilter.GaussianBlur(1.5))
    rows, columns = np.mgrid[:CANVAS, :CANVAS] / CANVAS
    light = 1.25 - 0.75 * np.hypot(rows - 0.36, columns - 0.38)
    speckles = random.normal(0, 7, (CANVAS // 4, CANVAS // 4)).repeat(4, 0).repeat(4, 1)
    skin = np.array(colour) * light[..., None] + speckles[..., None]
    fruit = Image.fromarray(skin.clip(0, 255).astype(np.uint8)).convert("RGBA")
    draw = ImageDraw.Draw(fruit)
    fruit.putalpha(mask)
    middle = CANVAS / 2
    if name != "banana":
        top = middle - (82 if name == "apple" else 104)
        draw = ImageDraw.Draw(fruit)
        draw.line((middle, top, middle + random.uniform(-14, 14), top - 34), fill=(84, 60, 36, 255), width=9)
        if random.random() < 0.5:
            draw.ellipse((middle + 4, top - 34, middle + 58, top - 10), fill=(70, 120, 48, 255))
    else:
        for x in (middle - 118, middle + 118):
            draw.ellipse((x - 7, middle - 58, x + 7, middle - 40), fill=(70, 54, 30, 255))
    turned = fruit.rotate(random.uniform(-40, 40), Image.Resampling.BICUBIC)
    side = int(CANVAS * random.uniform(0.75, 1.1))
    turned = turned.resize((side, side), Image.Resampling.LANCZOS)
    x, y = (int((CANVAS - side) / 2 + random.uniform(-45, 45)) for _ in range(2))
    shadow = Image.new("RGBA", turned.size, (20, 16, 12, 0))
    shadow.putalpha(turned.getchannel("A").point(lambda value: value * 2 // 5).filter(ImageFilter.GaussianBlur(9)))
    image.paste(shadow, (x + 12, y + 14), shadow)
    image.paste(turned, (x, y), turned)
    return image.resize((SIDE, SIDE), Image.Resampling.LANCZOS)


def files() -> list[tuple[str, bytes]]:
    """Paths in the archive, and the files: the same each time."""
    exchanged = dict(zip(WRONG, reversed(WRONG), strict=True))
    listed = []
    for name in FRUITS:
        for number in range(TRAINING + TEST):
            random = np.random.default_rng([list(FRUITS).index(name), number])
            data = io.BytesIO()
            picture(name, random).save(data, "WEBP", quality=82, method=6)
            label = exchanged.get((name, number), (name, number))[0]
            split, first = ("train", 0) if number < TRAINING else ("test", TRAINING)
            path = f"fruit/{split}/{label}/{name[0]}{number - first + 1:02}.webp"
            listed.append((path, data.getvalue()))
    return sorted(listed)


def write() -> None:
    with zipfile.ZipFile(EXAMPLES / "train-fruit.zip", "w", zipfile.ZIP_STORED) as archive:
        for path, data in files():
            archive.writestr(zipfile.ZipInfo(path), data)
