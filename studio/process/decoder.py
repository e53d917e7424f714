"""The process that decodes what people send. It knows nothing and may nothing: a file goes in, pixels come out.

Run by path, without this project on its path (studio/process/decoding.py starts it). A request is a JSON line
`{"size", "longest", "side", "pixels", "form"}` and `size` bytes; the answer is a JSON line and `size` bytes, or a JSON
line with `refused`. Memory, processor time, files, other programs and the network are taken away first.
"""

import ctypes
import io
import json
import platform
import resource
import struct
import sys
import warnings
from typing import Any, BinaryIO

from PIL import Image, ImageOps

FORMATS = ("PNG", "JPEG", "WEBP")
KNOWN = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")
CPU_SECONDS = 10
DAMAGED = (OSError, SyntaxError, RuntimeError, ValueError, TypeError, IndexError, KeyError, struct.error)
# A damaged file makes Pillow raise many kinds of error: measured, OSError alone misses 1.8 % of mutants.

# Forbidden calls: open, openat, openat2, creat, socket, connect, execve, execveat, clone, clone3, fork, vfork,
# ptrace, unlink, unlinkat, rename, renameat, renameat2, kill. A filter answers "not permitted".
CALLS = {
    "x86_64": (0xC000003E, (2, 257, 437, 85, 41, 42, 59, 322, 56, 435, 57, 58, 101, 87, 263, 82, 264, 316, 62)),
    "aarch64": (0xC00000B7, (56, 437, 198, 203, 221, 281, 220, 435, 117, 35, 38, 276, 129)),
}


class Refusal(Exception):
    """Why a file is not decoded: a code of studio/words/errors.py."""


def main(memory: int) -> None:
    """Answer requests from standard input until it ends."""
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    warnings.simplefilter("ignore")  # a damaged file makes Pillow warn, and whoever sends many would fill the log
    _warm()
    _confine(memory)
    while line := source.readline():
        request = json.loads(line)
        data = source.read(request["size"])
        _allow_time()
        try:
            about, out = decode(data, request)
        except Refusal as refusal:
            about, out = {"refused": str(refusal)}, b""
        except Image.DecompressionBombError:
            about, out = {"refused": "image_too_large"}, b""
        except Image.UnidentifiedImageError:
            about, out = {"refused": "invalid_image" if _looks_known(data) else "unsupported_image_type"}, b""
        except MemoryError:
            about, out = {"refused": "image_too_complex"}, b""
        except DAMAGED:
            about, out = {"refused": "invalid_image"}, b""
        _answer(sink, about, out)


def decode(data: bytes, request: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    """Upright RGB or RGBA pixels of `data` as `form` "png" or "raw", with width, height and mode. As "png", a grey PNG
    with 16 bits a level keeps them: its mode is "I;16"."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        picture = Image.open(io.BytesIO(data), formats=FORMATS)
    _check(picture, request)
    picture.load()
    upright = ImageOps.exif_transpose(picture)
    transparent = "A" in upright.getbands() or "transparency" in upright.info
    deep = request["form"] == "png" and upright.mode.startswith("I") and not transparent
    clean = upright if deep else _even(upright).convert("RGBA" if transparent else "RGB")
    clean.info = {}
    about = {"width": clean.width, "height": clean.height, "mode": clean.mode}
    if request["form"] == "raw":
        return about, clean.tobytes()
    out = io.BytesIO()
    clean.save(out, "PNG", compress_level=3)
    return about, out.getvalue()


def _even(picture: Image.Image) -> Image.Image:
    """16-bit greys as 8 bits: Pillow's own conversion cuts everything above 255 to white."""
    if picture.mode.startswith("I;16"):
        return picture.point(lambda value: value / 256, "L")
    if picture.mode == "I":
        return picture.point(lambda value: value / 256).convert("L")
    return picture


def _check(picture: Image.Image, request: dict[str, Any]) -> None:
    """By the header alone, before anything is decoded."""
    width, height = picture.size
    if request["longest"] and max(width, height) > request["longest"]:
        raise Refusal("image_too_large")
    if width * height > request["pixels"] or max(width, height) > request["side"]:
        raise Refusal("image_too_large")
    if getattr(picture, "n_frames", 1) > 1:
        raise Refusal("unsupported_image_type")


def _looks_known(data: bytes) -> bool:
    return data.startswith(KNOWN) or (data[:4] == b"RIFF" and data[8:12] == b"WEBP")


def _answer(sink: BinaryIO, about: dict[str, Any], out: bytes) -> None:
    sink.write(json.dumps(about | {"size": len(out)}).encode() + b"\n")
    sink.write(out)
    sink.flush()


def _warm() -> None:
    """Use every part once, so that nothing has to be opened afterwards."""
    limits = {"longest": 0, "side": 9, "pixels": 99, "form": "png"}
    for form in FORMATS:
        for mode in ("RGB", "L") if form == "JPEG" else ("RGBA", "L", "I;16") if form == "PNG" else ("RGBA", "L"):
            exif = Image.Exif()
            exif[0x0112] = 6
            out = io.BytesIO()
            Image.new(mode, (2, 3)).save(out, form, exif=exif)
            decode(out.getvalue(), limits)


def _confine(memory: int) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, 3))
    if sys.platform == "linux":
        _filter_calls()


def _allow_time() -> None:
    """So many seconds of processor time for the next file; whoever takes more is ended by the kernel."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    resource.setrlimit(resource.RLIMIT_CPU, (int(used.ru_utime + used.ru_stime) + CPU_SECONDS, resource.RLIM_INFINITY))


def _filter_calls() -> None:
    """seccomp(2) with a classic BPF program, where the kernel has it; the other walls stand without it."""
    if platform.machine() not in CALLS:
        return
    machine, numbers = CALLS[platform.machine()]
    # Load the machine; another one's numbers mean something else: end. Load the number; a forbidden one is refused.
    program = [(0x20, 0, 0, 4), (0x15, 1, 0, machine), (0x06, 0, 0, 0x00000000), (0x20, 0, 0, 0)]
    for left, number in enumerate(reversed(numbers)):
        program.insert(4, (0x15, left + 1, 0, number))
    program += [(0x06, 0, 0, 0x7FFF0000), (0x06, 0, 0, 0x00050001)]
    code = b"".join(struct.pack("HBBI", *line) for line in program)
    buffer = ctypes.create_string_buffer(code)
    head = struct.pack("HL" if struct.calcsize("L") == 8 else "HI", len(program), ctypes.addressof(buffer))
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(38, 1, 0, 0, 0)  # PR_SET_NO_NEW_PRIVS
    libc.prctl(22, 2, ctypes.c_char_p(head), 0, 0)  # PR_SET_SECCOMP, SECCOMP_MODE_FILTER


if __name__ == "__main__":
    main(int(sys.argv[1]))
