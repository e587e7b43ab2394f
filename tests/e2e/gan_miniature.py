"""GAN's picture on the home page: a trained game on its stage, and clothes from the bundled generator."""

import torch
from PIL import Image

from zoo.exhibits.gan import CELLS, REACH, Game, generate_pictures, named
from zoo.exhibits.gan.knobs import GameKnobs, GeneratedKnobs

SIDE, UPDATES = 220, 2000
REAL, MADE = "#2f6fa3", "#d9730d"


def trained() -> Game:
    torch.manual_seed(1)
    game = Game(named("ring of 8"), GameKnobs(seed=1, r1=0.02))
    for _ in range(UPDATES):
        game.step()
    return game


def stage(game: Game) -> str:
    """The map of the discriminator, real points, generated points with their gradients, as SVG."""
    frame = game.frame()

    def place(x: float, y: float) -> tuple[float, float]:
        return (x / REACH + 1) * SIDE / 2, (1 - y / REACH) * SIDE / 2

    cell = SIDE / CELLS
    wide = cell + 0.3
    parts = []
    for row, line in enumerate(frame.map[::-1].tolist()):
        for column, real in enumerate(line):
            strength = 0.8 * min(1.0, 2 * abs(real - 0.5)) ** 0.6
            parts.append(
                f'<rect x="{column * cell:.1f}" y="{row * cell:.1f}" width="{wide:.1f}" height="{wide:.1f}" '
                f'fill="{REAL if real > 0.5 else MADE}" opacity="{strength:.2f}"/>'
            )
    for colour, points in ((REAL, game.target.points[::12]), (MADE, frame.points)):
        parts += [
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="1.8" fill="{colour}"/>'
            for x, y in (place(*point) for point in points.tolist())
        ]
    return f'<svg width="{SIDE}" height="{SIDE}" style="border-radius:8px">{"".join(parts)}</svg>'


def clothes() -> Image.Image:
    """Nine pictures of different classes."""
    sheet = generate_pictures(GeneratedKnobs(count=10, seed=4, truncation=0.8)).picture
    side = sheet.height
    tiles = [sheet.crop((60 * number, 0, 60 * number + side, side)) for number in (0, 1, 3, 4, 5, 7, 8, 2, 9)]
    whole = Image.new("L", (3 * side, 3 * side), 255)
    for number, tile in enumerate(tiles):
        whole.paste(tile, (side * (number % 3), side * (number // 3)))
    return whole
