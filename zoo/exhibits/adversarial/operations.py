"""Adversarial's declaration."""

from zoo.core.images import encode_png
from zoo.core.inputs import Input
from zoo.core.operations import Exhibit, File, Operation
from zoo.exhibits.adversarial.knobs import (
    AttackKnobs,
    DefenceKnobs,
    EpsilonCurveKnobs,
    PerturbationKnobs,
    SurrogateKnobs,
    TransferKnobs,
)
from zoo.exhibits.adversarial.results import (
    Attack,
    AttackExplanations,
    Defences,
    EpsilonCurve,
    SurrogateAttack,
    TransferMatrix,
)

IMAGE = Input("image", "image", "A picture of any size.")

EXHIBIT = Exhibit(
    name="adversarial",
    title="Adversarial examples",
    icon=":material/vaccines:",
    sentence="Change each pixel by less than the eye sees, and a classifier that was right becomes confidently wrong.",
    invitation="Can you fool a classifier?",
    picture="A photograph before and after an attack, the perturbation, and the predictions for both",
    models_of=("classify",),
    takes="image",
    operations=(
        Operation(
            exhibit="adversarial",
            summary="An adversarial example: a picture with a small perturbation that changes the predicted class.",
            function="zoo.exhibits.adversarial:attack",
            inputs=(IMAGE,),
            knobs=AttackKnobs,
            result=Attack,
            file=File("image/png", ".png", lambda result: encode_png(result.adversarial), default=False),
            shows="result.summary",
            example={"image": "coffee", "method": "pgd", "steps": 3, "target": "tabby", "top_k": 3},
        ),
        Operation(
            exhibit="adversarial",
            name="epsilon-curve",
            summary="Probabilities against epsilon, and the smallest epsilon that fools a model.",
            function="zoo.exhibits.adversarial:epsilon_curve",
            inputs=(IMAGE,),
            knobs=EpsilonCurveKnobs,
            result=EpsilonCurve,
            job=True,
            shows="result.smallest_epsilon",
            example={"image": "coffee", "model": "resnet-18"},
        ),
        Operation(
            exhibit="adversarial",
            name="transfer",
            summary="Which models are fooled by the adversarial example of another model, as a matrix.",
            function="zoo.exhibits.adversarial:transfer",
            inputs=(IMAGE,),
            knobs=TransferKnobs,
            result=TransferMatrix,
            job=True,
            shows="result.cells",
            example={"image": "coffee", "epsilon": 8, "model": ["resnet-18", "cifar10-resnet"]},
        ),
        Operation(
            exhibit="adversarial",
            name="surrogate",
            summary="A black-box attack: a surrogate is fitted to a model's predictions, and attacked in its place.",
            function="zoo.exhibits.adversarial:surrogate",
            inputs=(IMAGE,),
            knobs=SurrogateKnobs,
            result=SurrogateAttack,
            job=True,
            file=File("image/png", ".png", lambda result: encode_png(result.attack.adversarial), default=False),
            shows="result.attack.summary",
            example={"image": "chelsea", "model": "resnet-18", "epsilon": 16, "queries": 60},
        ),
        Operation(
            exhibit="adversarial",
            name="defences",
            summary="What transformations of the input do to an attack: fewer bits, a median filter, JPEG.",
            function="zoo.exhibits.adversarial:defences",
            inputs=(IMAGE,),
            knobs=DefenceKnobs,
            result=Defences,
            shows="result.results",
            example={"image": "coffee", "method": "iterated", "steps": 3, "bits": 3},
        ),
        Operation(
            exhibit="adversarial",
            name="explanations",
            summary="Five explanations of the prediction before an attack, and of the one after it.",
            function="zoo.exhibits.adversarial:explanations",
            inputs=(IMAGE,),
            knobs=PerturbationKnobs,
            result=AttackExplanations,
            job=True,
            file=File("image/png", ".png", lambda result: encode_png(result.picture), default=False),
            shows="result.before.label, result.after.label",
            example={"image": "coffee", "model": "cifar10-resnet", "epsilon": 8},
        ),
    ),
)
