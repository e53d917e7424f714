"""What a picture's file says about the picture: written by us in forms that others know, and read from theirs."""

from gallery.metadata.containers import texts
from gallery.metadata.found import Found
from gallery.metadata.infotext import parameters_text, parse_parameters
from gallery.metadata.reading import read, read_png
from gallery.metadata.writing import LABEL, MEDIA_TYPES, Told, encode, label, write_png

__all__ = [
    "LABEL",
    "MEDIA_TYPES",
    "Found",
    "Told",
    "encode",
    "label",
    "parameters_text",
    "parse_parameters",
    "read",
    "read_png",
    "texts",
    "write_png",
]
