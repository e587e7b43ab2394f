"""Sentences about files that no sound can be decoded from, by their first bytes."""

import re

_OTHER = "This is a sound in {} format, which is not read here: save it as WAV, FLAC or MP3 and try that."
_PICTURE = "This is a picture, not a sound: choose a sound and try again."
_ARCHIVE = "This is an archive, not a sound: take the sound out of it and try that."
_PDF = "This is a PDF document, not a sound: choose a sound and try again."
_PROJECT = "This is a project of an audio editor, not a sound: export it as WAV and try that."
_NOTES = "This is a score of notes (MIDI), not a sound: play it into a WAV file and try that."
_PLAYLIST = "This is a list of addresses, not a sound: download the sound it leads to and try that."

# Formats that are read, for the sentence after that has failed.
_READ = {
    rb"\xff\xfb|\xff\xf3|\xff\xf2|ID3": "MP3",
    rb"\x30\x26\xb2\x75\x8e\x66\xcf\x11": "WMA",
    rb"wvpk": "WavPack",
    rb"\x0b\x77": "AC-3",
    rb"NIST_1A": "NIST SPHERE",
    rb"TTA1": "TTA",
    rb"RIFF.{4}WAVE|RF64|riff": "WAV",
    rb"fLaC": "FLAC",
    rb"OggS": "Ogg",
    rb"FORM.{4}AIF[FC]": "AIFF",
}
# Others. The first match counts.
_EXPLANATIONS = {
    rb"MAC ": _OTHER.format("Monkey's Audio"),
    rb"MPCK|MP\+": _OTHER.format("Musepack"),
    rb"DSD |FRM8": _OTHER.format("DSD"),
    rb"\.RMF|\.ra\xfd": _OTHER.format("RealAudio"),
    rb"\x7f\xfe\x80\x01|\xfe\x7f\x01\x80|\x1f\xff\xe8\x00|\xff\x1f\x00\xe8": _OTHER.format("DTS"),
    rb"OFR ": _OTHER.format("OptimFROG"),
    rb"tBaK": _OTHER.format("TAK"),
    rb"ajkg": _OTHER.format("Shorten"),
    rb"Creative Voice File": _OTHER.format("Creative Voice"),
    rb".{4}ftypaax": _OTHER.format("Audible's protected"),
    rb"MThd": _NOTES,
    rb"SQLite format 3\0|<\?xml[^>]*>\s*<!DOCTYPE project|\xba\xdd\xba\xdd": _PROJECT,
    rb"#EXTM3U|\[playlist\]|ffconcat|<asx|(https?|file)://": _PLAYLIST,
    rb"\x89PNG|\xff\xd8\xff|GIF8|RIFF.{4}WEBP|BM.{4}\0\0\0\0|II\*\0|MM\0\*|.{4}ftyp(avi[fs]|heic|mif1)": _PICTURE,
    rb"%PDF-": _PDF,
    rb"PK\x03\x04|\x1f\x8b|7z\xbc\xaf|Rar!|BZh|\xfd7zXZ": _ARCHIVE,
}


def explain_sound(head: bytes, accepted: str) -> str:
    """One sentence on what the undecodable bytes seem to be and what to do; ``accepted``: the formats that are read."""
    for pattern, name in _READ.items():
        if re.match(pattern, head, re.DOTALL):
            return (
                f"This {name} file is not a sound that can be read: it is empty, damaged, protected or of a rare kind. "
                f"Try {accepted}"
            )
    for pattern, sentence in _EXPLANATIONS.items():
        if re.match(pattern, head, re.DOTALL):
            return sentence
    return f"This is not a sound that can be read, or it is empty or damaged. Try {accepted}"
