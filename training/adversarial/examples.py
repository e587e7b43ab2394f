"""Draw the example pictures of CIFAR-10's ten classes, free of licences: assets/examples/drawn-*.webp.

The training pictures may not be bundled. Each function draws on a square of 400 units; the networks see 32 pixels of
it, so that shape, colour and ground count and details do not.
"""

from collections.abc import Callable, Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from zoo.core.assets import EXAMPLES

CANVAS, SIDE = 400, 96  # units of a drawing, and pixels of the file
Colour = tuple[int, int, int]
Point = tuple[float, float]
BLACK, WHITE = (24, 22, 22), (244, 244, 240)


class Drawing:
    """A picture that begins as a ground: a gradient between two colours from top to bottom, with noise."""

    def __init__(self, top: Colour, bottom: Colour, grain: float = 8.0, seed: int = 0) -> None:
        self._generator = np.random.default_rng(seed)
        rows = np.linspace(0, 1, CANVAS)[:, None, None]
        ground = (1 - rows) * np.array(top) + rows * np.array(bottom) + np.zeros((CANVAS, CANVAS, 3))
        self.image = self._grained(Image.fromarray(ground.clip(0, 255).astype(np.uint8)), grain)
        self._draw = ImageDraw.Draw(self.image)

    def _grained(self, image: Image.Image, grain: float) -> Image.Image:
        """Noise in patches of about twelve units, as leaves, waves or fur have at this size."""
        coarse = self._generator.normal(0, grain, (CANVAS // 12, CANVAS // 12))
        noise = Image.fromarray(coarse.astype(np.float32)).resize((CANVAS, CANVAS), Image.Resampling.BICUBIC)
        pixels = np.asarray(image, np.float32) + np.asarray(noise)[..., None]
        return Image.fromarray(pixels.clip(0, 255).astype(np.uint8))

    def band(self, top: float, upper: Colour, lower: Colour, grain: float = 10.0) -> None:
        """Another ground from ``top`` down."""
        below = Drawing(upper, lower, grain, seed=int(top)).image.crop((0, 0, CANVAS, CANVAS - int(top)))
        self.image.paste(below, (0, int(top)))

    def polygon(self, points: Sequence[Point], colour: Colour) -> None:
        self._draw.polygon(list(points), fill=colour)

    def ellipse(self, left: float, top: float, right: float, bottom: float, colour: Colour) -> None:
        self._draw.ellipse((left, top, right, bottom), fill=colour)

    def box(self, left: float, top: float, right: float, bottom: float, colour: Colour, radius: float = 0) -> None:
        self._draw.rounded_rectangle((left, top, right, bottom), radius, fill=colour)

    def line(self, points: Sequence[Point], colour: Colour, width: int) -> None:
        self._draw.line(list(points), fill=colour, width=width, joint="curve")
        for x, y in (points[0], points[-1]):
            self.ellipse(x - width / 2, y - width / 2, x + width / 2, y + width / 2, colour)

    def wheel(self, x: float, y: float, radius: float) -> None:
        self.ellipse(x - radius, y - radius, x + radius, y + radius, BLACK)
        hub = radius * 0.5
        self.ellipse(x - hub, y - hub, x + hub, y + hub, (170, 170, 175))

    def finished(self) -> Image.Image:
        """At the size of the file, with a little shade and blur, as a photograph has."""
        soft = self._grained(self.image.filter(ImageFilter.GaussianBlur(3)), 5.0)
        return soft.resize((SIDE, SIDE), Image.Resampling.LANCZOS)


def airplane() -> Drawing:
    """A jet from the side, climbing over a light sky."""
    d = Drawing((120, 165, 220), (200, 220, 240), 4)
    body = (236, 238, 242)
    d.polygon([(40, 240), (330, 150), (372, 150), (360, 178), (80, 268)], body)
    d.polygon([(190, 205), (250, 190), (190, 320), (150, 330)], (150, 158, 172))
    d.polygon([(200, 190), (255, 172), (190, 110), (165, 112)], (188, 194, 205))
    d.polygon([(40, 240), (82, 226), (40, 150), (18, 156)], (60, 90, 160))
    d.polygon([(56, 244), (100, 236), (60, 290), (36, 292)], (150, 158, 172))
    d.line([(120, 222), (320, 160)], (90, 100, 120), 5)
    return d


def automobile() -> Drawing:
    """A red car from the side."""
    d = Drawing((190, 200, 205), (150, 160, 160), 8)
    d.band(270, (120, 118, 115), (90, 88, 86), 6)
    red, dark = (196, 28, 32), (140, 16, 22)
    d.polygon([(100, 190), (140, 122), (262, 122), (318, 190)], red)
    d.polygon([(118, 188), (150, 136), (198, 136), (198, 188)], (60, 70, 82))
    d.polygon([(210, 136), (256, 136), (294, 188), (210, 188)], (60, 70, 82))
    d.box(28, 184, 376, 268, red, 34)
    d.box(30, 240, 374, 272, dark, 14)
    d.box(352, 200, 376, 220, (250, 240, 190), 8)
    d.wheel(108, 270, 44)
    d.wheel(298, 270, 44)
    return d


def bird() -> Drawing:
    """A small bird on a branch."""
    d = Drawing((150, 180, 120), (110, 150, 90), 14)
    brown, light = (120, 84, 58), (214, 190, 160)
    d.line([(0, 330), (400, 306)], (86, 62, 46), 18)
    d.polygon([(70, 330), (150, 225), (190, 265)], (84, 58, 42))
    d.ellipse(120, 140, 290, 300, brown)
    d.ellipse(170, 180, 296, 306, light)
    d.ellipse(220, 80, 330, 186, brown)
    d.ellipse(262, 120, 322, 184, light)
    d.polygon([(322, 126), (372, 142), (320, 154)], (70, 62, 52))
    d.ellipse(280, 108, 302, 130, BLACK)
    d.polygon([(120, 230), (180, 160), (240, 200), (200, 276)], (88, 60, 44))
    for x in (210, 244):
        d.line([(x, 296), (x, 320)], (90, 70, 50), 8)
    return d


def cat() -> Drawing:
    """The face of a grey cat."""
    d = Drawing((220, 220, 225), (200, 200, 205), 4)
    grey, dark, pink = (128, 124, 122), (70, 66, 66), (206, 150, 146)
    d.ellipse(40, 230, 360, 520, grey)
    d.polygon([(84, 190), (76, 40), (190, 104)], grey)
    d.polygon([(316, 190), (324, 40), (210, 104)], grey)
    d.polygon([(102, 140), (96, 76), (160, 106)], pink)
    d.polygon([(298, 140), (304, 76), (240, 106)], pink)
    d.ellipse(70, 84, 330, 316, grey)
    for x in (168, 200, 232):
        d.line([(x, 96), (x, 142)], dark, 12)
    for x in (142, 258):
        d.ellipse(x - 30, 160, x + 30, 216, (176, 192, 80))
        d.ellipse(x - 13, 160, x + 13, 216, BLACK)
    d.ellipse(146, 222, 254, 304, WHITE)
    d.ellipse(150, 290, 250, 420, WHITE)
    d.polygon([(180, 226), (220, 226), (200, 248)], pink)
    d.line([(200, 248), (200, 270)], dark, 6)
    for side in (-1, 1):
        for y in (246, 266, 286):
            d.line([(200 + side * 50, 256), (200 + side * 170, y)], WHITE, 3)
    return d


def deer() -> Drawing:
    """A deer from the side, with antlers, in the grass."""
    d = Drawing((96, 120, 76), (120, 138, 70), 16)
    d.band(300, (120, 132, 60), (90, 104, 46), 16)
    coat, dark = (150, 104, 62), (112, 76, 46)
    for x in (136, 168, 258, 284):
        d.line([(x, 240), (x, 356)], dark, 16)
    d.ellipse(104, 160, 306, 272, coat)
    d.polygon([(252, 190), (300, 230), (334, 116), (292, 96)], coat)
    d.ellipse(276, 76, 350, 132, coat)
    d.polygon([(326, 88), (388, 112), (380, 134), (324, 130)], coat)
    d.ellipse(368, 110, 392, 132, BLACK)
    d.polygon([(284, 92), (244, 80), (278, 112)], dark)
    for dx in (0, 26):
        d.line([(300 + dx, 82), (286 + dx * 2, 30), (306 + dx * 2, 4)], (92, 74, 52), 8)
        d.line([(288 + dx * 2, 40), (262 + dx * 2, 18)], (92, 74, 52), 8)
    d.ellipse(94, 176, 124, 226, WHITE)
    return d


def dog() -> Drawing:
    """The face of a brown dog with hanging ears."""
    d = Drawing((128, 150, 110), (104, 126, 84), 10)
    coat, dark, light = (168, 116, 66), (92, 58, 34), (232, 214, 190)
    d.ellipse(84, 270, 316, 500, coat)
    d.ellipse(94, 54, 306, 300, coat)
    d.ellipse(170, 54, 230, 230, light)
    d.polygon([(116, 80), (46, 120), (52, 266), (110, 250)], dark)
    d.polygon([(284, 80), (354, 120), (348, 266), (290, 250)], dark)
    d.ellipse(128, 196, 272, 326, light)
    d.ellipse(164, 204, 236, 252, BLACK)
    d.line([(200, 250), (200, 284), (166, 296)], dark, 7)
    d.line([(200, 284), (234, 296)], dark, 7)
    d.ellipse(176, 286, 224, 344, (220, 110, 116))
    for x in (150, 250):
        d.ellipse(x - 18, 142, x + 18, 178, BLACK)
        d.ellipse(x - 6, 146, x + 4, 156, WHITE)
    return d


def frog() -> Drawing:
    """A green frog from the front."""
    d = Drawing((112, 96, 66), (84, 70, 48), 14)
    green, dark, pale = (84, 146, 52), (48, 96, 34), (206, 214, 150)
    d.ellipse(30, 210, 150, 350, dark)
    d.ellipse(250, 210, 370, 350, dark)
    d.ellipse(80, 130, 320, 350, green)
    d.ellipse(124, 216, 276, 350, pale)
    d.ellipse(84, 96, 316, 250, green)
    for x in (128, 272):
        d.ellipse(x - 40, 66, x + 40, 146, green)
        d.ellipse(x - 26, 80, x + 26, 132, (222, 190, 70))
        d.ellipse(x - 20, 98, x + 20, 116, BLACK)
    d.line([(110, 190), (150, 210), (250, 210), (290, 190)], dark, 9)
    for x in (110, 290):
        d.line([(x, 280), (x, 356)], green, 30)
        d.line([(x - 30, 362), (x + 30, 362)], green, 18)
    return d


def horse() -> Drawing:
    """A brown horse from the side, on a meadow."""
    d = Drawing((170, 200, 225), (200, 214, 210), 6)
    d.band(230, (110, 150, 66), (84, 124, 48), 16)
    coat, dark = (124, 70, 38), (48, 30, 22)
    for x in (118, 150, 256, 286):
        d.line([(x, 230), (x + 2, 356)], coat, 22)
        d.box(x - 12, 344, x + 16, 364, dark)
    d.ellipse(86, 140, 312, 266, coat)
    d.polygon([(236, 170), (304, 214), (350, 84), (296, 60)], coat)
    d.polygon([(298, 56), (350, 62), (396, 138), (372, 160), (330, 122)], coat)
    d.polygon([(310, 62), (318, 28), (336, 66)], coat)
    d.polygon([(306, 46), (236, 150), (262, 160), (318, 76)], dark)
    d.line([(94, 172), (58, 210), (60, 296)], dark, 24)
    d.ellipse(336, 84, 350, 98, BLACK)
    return d


def ship() -> Drawing:
    """A freighter on the sea."""
    d = Drawing((160, 195, 228), (205, 220, 232), 4)
    d.band(262, (52, 92, 138), (34, 66, 108), 10)
    d.polygon([(24, 206), (384, 206), (346, 284), (64, 284)], (42, 48, 66))
    d.polygon([(44, 256), (360, 256), (346, 284), (64, 284)], (150, 40, 36))
    d.box(66, 140, 170, 208, WHITE)
    d.box(84, 100, 152, 142, WHITE)
    d.box(104, 58, 134, 102, (190, 60, 46))
    for x in range(78, 160, 22):
        d.box(x, 156, x + 12, 170, (60, 76, 98))
    for x, colour in ((190, (176, 92, 48)), (244, (70, 110, 140)), (298, (150, 150, 150))):
        d.box(x, 166, x + 48, 208, colour)
    d.line([(352, 206), (352, 104)], (90, 90, 96), 7)
    return d


def truck() -> Drawing:
    """A truck with a box body from the side."""
    d = Drawing((178, 200, 220), (196, 206, 210), 6)
    d.band(290, (118, 114, 110), (88, 86, 84), 6)
    d.box(18, 86, 262, 268, (226, 226, 222))
    d.box(18, 86, 262, 104, (150, 152, 156))
    d.polygon([(272, 268), (272, 126), (334, 126), (374, 196), (380, 268)], (40, 88, 150))
    d.polygon([(290, 194), (290, 144), (328, 144), (354, 194)], (56, 66, 80))
    d.box(14, 262, 382, 284, (52, 54, 58))
    for x in (74, 128, 322):
        d.wheel(x, 288, 36)
    return d


DRAWINGS: tuple[Callable[[], Drawing], ...] = (
    airplane,
    automobile,
    bird,
    cat,
    deer,
    dog,
    frog,
    horse,
    ship,
    truck,
)


def examples() -> None:
    """Write the example pictures to assets/examples, the same in each run."""
    for draw in DRAWINGS:
        draw().finished().save(EXAMPLES / f"drawn-{draw.__name__}.webp", "WEBP", quality=90, method=6)
