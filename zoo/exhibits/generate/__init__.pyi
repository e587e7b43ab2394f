from .decoding import generate
from .evaluation import Evaluation, evaluate
from .fine_tuning import fine_tune
from .inspection import attention, attention_size, model_input, perplexity
from .knobs import DEFAULT_MODEL, MAX_CHARACTERS, AttentionKnobs, FineTuneKnobs, GenerateKnobs, PerplexityKnobs
from .results import Attention, Candidate, FineTuning, GeneratedToken, Generation, Perplexity, Sample

__all__ = [
    "DEFAULT_MODEL",
    "MAX_CHARACTERS",
    "Attention",
    "AttentionKnobs",
    "Candidate",
    "Evaluation",
    "FineTuneKnobs",
    "FineTuning",
    "GenerateKnobs",
    "GeneratedToken",
    "Generation",
    "Perplexity",
    "PerplexityKnobs",
    "Sample",
    "attention",
    "attention_size",
    "evaluate",
    "fine_tune",
    "generate",
    "model_input",
    "perplexity",
]
