from .distributions import Target, along_strokes, named, of_own_points, parse_points
from .evaluation import Evaluation, evaluate
from .frechet import Statistics, frechet_distance
from .game import CELLS, REACH, Frame, Game
from .latent_space import Latent, browser_file, latent
from .modes import Coverage, coverage
from .pictures import encode_gif, generate_pictures, interpolate
from .training import GameTraining, live, result_of, state_of, target_of, train_game

__all__ = [
    "CELLS",
    "REACH",
    "Coverage",
    "Evaluation",
    "Frame",
    "Game",
    "GameTraining",
    "Latent",
    "Statistics",
    "Target",
    "along_strokes",
    "browser_file",
    "coverage",
    "encode_gif",
    "evaluate",
    "frechet_distance",
    "generate_pictures",
    "interpolate",
    "latent",
    "live",
    "named",
    "of_own_points",
    "parse_points",
    "result_of",
    "state_of",
    "target_of",
    "train_game",
]
