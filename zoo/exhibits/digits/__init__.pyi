from .browser_networks import browser_file
from .drawing import DRAWINGS, PEN, RASTER, draw_strokes, ink_of_strokes
from .evaluation import Evaluation, evaluate
from .inside import feature_maps, unit_weights
from .knobs import DigitsKnobs, StudentKnobs, TrainKnobs
from .learning import train_digits
from .maps import DecisionMap, decision_map
from .pictures import evidence_picture, tiles
from .predict import digits, model_input, read_ink
from .results import DigitAnswer, Digits, DigitTraining
from .students import Student, StudentTraining, live, state_of, student_answer
from .surfaces import Surface, loss_surface

__all__ = [
    "DRAWINGS",
    "PEN",
    "RASTER",
    "DecisionMap",
    "DigitAnswer",
    "DigitTraining",
    "Digits",
    "DigitsKnobs",
    "Evaluation",
    "Student",
    "StudentKnobs",
    "StudentTraining",
    "Surface",
    "TrainKnobs",
    "browser_file",
    "decision_map",
    "digits",
    "draw_strokes",
    "evaluate",
    "evidence_picture",
    "feature_maps",
    "ink_of_strokes",
    "live",
    "loss_surface",
    "model_input",
    "read_ink",
    "state_of",
    "student_answer",
    "tiles",
    "train_digits",
    "unit_weights",
]
