"""Sentences about files that no picture can be decoded from, by their first bytes."""

import codecs
import re

_DAMAGED = "This {} picture is damaged, cut short or of a rare kind: open it in a viewer, save it as PNG and try that."
_OTHER = "This is a picture in {} format, which is not read here: export it as PNG or JPEG and try again."
_VIDEO = "This is a video: pause it, take a picture of the screen and try that."
_SOUND = "This is a sound recording, not a picture: choose a picture and try again."
_ARCHIVE = "This is an archive or an office document: take the picture out of it and try that."
_HTML = "This is a web page, not the picture on it: open the picture by itself, save that and try again."
_SVG = "This is an SVG drawing, which has no pixels: export it as PNG and try again."
_PDF = "This is a PDF document: export the page you want as PNG and try again."
_TEXT = "This is text, not a picture: choose a picture and try again."

# Used only for the sentence, after decoding has failed; the first match counts.
_EXPLANATIONS = {
    rb"\x89PNG": _DAMAGED.format("PNG"),
    rb"\xff\xd8\xff": _DAMAGED.format("JPEG"),
    rb"GIF8": _DAMAGED.format("GIF"),
    rb"RIFF....WEBP": _DAMAGED.format("WebP"),
    rb"BM....\0\0\0\0": _DAMAGED.format("BMP"),
    rb"II[*+]\0|MM\0[*+]": _DAMAGED.format("TIFF"),
    rb"P[1-6]\s[\s\d#]": _DAMAGED.format("PPM"),
    rb"....ftypavi[fs]": _DAMAGED.format("AVIF"),
    rb"....ftyp(hei|hev|mif1|msf1)": _DAMAGED.format("HEIC"),
    rb"....ftypcrx|FUJIFILMCCD-RAW|IIRO|IIU\0": _OTHER.format("camera raw"),
    rb"\0\0\0\x0cJXL |\xff\x0a": _OTHER.format("JPEG XL"),
    rb"\0\0\0\x0cjP  |\xff\x4f\xff\x51": _OTHER.format("JPEG 2000"),
    rb"8BPS": _OTHER.format("Photoshop"),
    rb"\0\0[\x01\x02]\0(?!\0\0)": _OTHER.format("icon"),
    rb"\0\0[\x02\x0a]\0{9}": _DAMAGED.format("TGA"),
    rb"%!PS|\xc5\xd0\xd3\xc6": _OTHER.format("PostScript"),
    rb"....ftypM4[AB]|RIFF....WAVE|ID3|fLaC|OggS|\xff[\xfb\xf3\xf2]|FORM....AIF": _SOUND,
    rb"....ftyp|....moov|\x1aE\xdf\xa3|RIFF....AVI |FLV\x01|\0\0\x01[\xb0-\xbf]": _VIDEO,
    rb"%PDF-": _PDF,
    rb"PK\x03\x04|PK\x05\x06|\x1f\x8b|7z\xbc\xaf|Rar!|BZh|\xfd7zXZ|\xd0\xcf\x11\xe0": _ARCHIVE,
    rb"(?i:\s*(<!--.*?-->\s*)?<(!doctype html|html|head|body))": _HTML,
    rb"\s*(<.*)?<svg[\s>]": _SVG,
    rb"\xff\xfe|\xfe\xff": _TEXT,
}


def explain(data: bytes, accepted: str) -> str:
    """One sentence on what the undecodable ``data`` seems to be and what to do; ``accepted``: the formats that are."""
    head = data[:4096].removeprefix(codecs.BOM_UTF8)
    for pattern, sentence in _EXPLANATIONS.items():
        if re.match(pattern, head, re.DOTALL):
            return sentence
    try:
        # The incremental decoder accepts a character that the limit of 4096 bytes splits.
        text = codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        text = "\0"
    if not re.search(r"[\x00-\x08\x0e-\x1f]", text):
        return _TEXT
    return f"No picture can be read from this file: try {accepted}"
