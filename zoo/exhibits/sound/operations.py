"""Sound's declaration."""

from zoo.core.images import encode_png
from zoo.core.inputs import Input
from zoo.core.operations import Exhibit, File, Operation
from zoo.exhibits.sound.knobs import RATE, AnalysisKnobs, ExplanationKnobs, SoundKnobs, SpectrogramKnobs, TimelineKnobs
from zoo.exhibits.sound.results import (
    Analysis,
    SoundClassification,
    SoundExplanation,
    Spectrogram,
    Timeline,
    events_csv,
    newest_event,
)

SOUND = Input("sound", "sound", "A sound of up to ten minutes.", rate=RATE)
RECORDING = Input("recording", "recording", "A recording of up to four hours.", rate=RATE)
PNG = File("image/png", ".png", lambda result: encode_png(result.picture))

EXHIBIT = Exhibit(
    name="sound",
    title="Classify sounds",
    icon=":material/graphic_eq:",
    sentence="Upload or record a sound: three networks classify it, and its spectrogram shows the evidence.",
    invitation="What was that noise?",
    picture="A spectrogram with the evidence highlighted, beside the five most probable classes",
    takes="sound",
    operations=(
        Operation(
            exhibit="sound",
            summary="The most probable classes of five seconds of a sound, by one or more models.",
            function="zoo.exhibits.sound:classify",
            inputs=(SOUND,),
            knobs=SoundKnobs,
            result=SoundClassification,
            shows="result.answers[0].predictions",
            example={"sound": "rain", "top_k": 3},
        ),
        Operation(
            exhibit="sound",
            name="explanation",
            summary="The evidence for a class in a sound: Grad-CAM over its spectrogram.",
            function="zoo.exhibits.sound:explanation",
            inputs=(SOUND,),
            knobs=ExplanationKnobs,
            result=SoundExplanation,
            shows="result.label",
            file=PNG,
            example={"sound": "siren", "target": "siren", "frequency_mask_width": 20},
        ),
        Operation(
            exhibit="sound",
            name="spectrogram",
            summary="The log-mel spectrogram of five seconds of a sound.",
            function="zoo.exhibits.sound:spectrogram",
            inputs=(SOUND,),
            knobs=SpectrogramKnobs,
            result=Spectrogram,
            shows="result.decibels.shape",
            file=PNG,
            example={"sound": "bells", "hop_length": 512, "n_mels": 32},
        ),
        Operation(
            exhibit="sound",
            name="analysis",
            summary="Mel spectrogram, MFCC, chroma, onsets and pitch of five seconds of a sound, by librosa.",
            function="zoo.exhibits.sound:analysis",
            inputs=(SOUND,),
            knobs=AnalysisKnobs,
            result=Analysis,
            shows="result.onset_times",
            file=PNG,
            example={"sound": "clock", "hop_length": 512, "n_mels": 32, "n_mfcc": 13},
        ),
        Operation(
            exhibit="sound",
            name="timeline",
            summary="The events of a long recording: which class from when to when.",
            function="zoo.exhibits.sound:timeline",
            inputs=(RECORDING,),
            knobs=TimelineKnobs,
            result=Timeline,
            shows="result.events",
            job=True,
            preview=newest_event,
            file=File("text/csv", ".csv", events_csv, default=False),
            example={"recording": "siren", "threshold": 0.3},
        ),
    ),
    ensemble=True,
)
