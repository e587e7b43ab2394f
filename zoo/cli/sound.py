"""How Sound's results read in a terminal."""

from zoo.cli.classify import answer_lines, note_lines
from zoo.exhibits.sound.results import (
    Analysis,
    Bend,
    BendCurve,
    ClassMap,
    SoundClassification,
    SoundExplanation,
    Spectrogram,
    Timeline,
)


def sound(result: SoundClassification) -> str:
    lines = [answer_lines(each) for each in (*result.answers, *([result.ensemble] if result.ensemble else []))]
    return "\n".join([*lines, *note_lines(result)])


def sound_explanation(result: SoundExplanation) -> str:
    line = f"{result.model}: evidence for {result.label}. Save the picture with --output."
    return "\n".join([line, *note_lines(result)])


def sound_spectrogram(result: Spectrogram) -> str:
    bands, frames = result.decibels.shape
    line = f"{bands} mel bands, {frames} frames, {result.top_db:g} dB. Save the picture with --output."
    return "\n".join([line, *note_lines(result)])


def sound_analysis(result: Analysis) -> str:
    onsets = ", ".join(f"{time:.2f}" for time in result.onset_times.tolist()) or "none"
    pitches = result.fundamental_frequency[result.fundamental_frequency > 0]
    pitch = f"{pitches.min():.0f} to {pitches.max():.0f} Hz" if len(pitches) else "none"
    lines = [f"Onsets in seconds: {onsets}", f"Fundamental frequency: {pitch}", "Save the picture with --output."]
    return "\n".join([*lines, *note_lines(result)])


def sound_bend(result: Bend) -> str:
    bent = f"Bent, {result.seconds:.1f} s:"
    lines = ["As it is:", sound(result.original), bent, sound(result.bent), "Save the bent sound with --output."]
    return "\n".join([*lines, *note_lines(result)])


def sound_bend_curve(result: BendCurve) -> str:
    lines = []
    for line in result.lines:
        lines.append(f"{line.model}: probability of {line.label} over {result.over}  [{line.restriction}]")
        for value, probability, best in zip(result.values, line.probabilities, line.best, strict=True):
            answer = "too quiet to classify" if probability is None else f"{probability:7.1%}  {best}"
            lines.append(f"{value:10g} {result.unit}  {answer}")
    return "\n".join([*lines, *note_lines(result)])


def sound_map(result: ClassMap) -> str:
    lines = [
        f"{each.label:20} {each.x:6.2f} {each.y:6.2f}  {'' if each.probability is None else f'{each.probability:6.1%}'}"
        f"  near: {', '.join(each.nearest)}"
        for each in result.classes
    ]
    return "\n".join([f"{result.model}  [{result.restriction}]", *lines, *note_lines(result)])


def sound_timeline(result: Timeline) -> str:
    lines = [
        f"{event.start:8.2f} {event.stop:8.2f} s  {event.probability:7.1%}  {event.label}  [{event.category}]"
        for event in result.events
    ]
    summary = f"{result.model}: {result.windows:,} windows in {result.seconds:.1f} s, {result.quiet_windows:,} quiet"
    return "\n".join([f"{summary}  [{result.restriction}]", *lines, *note_lines(result)])
