"""A kept PNG as others may get it: the same pixels and marks, without the words it was made with. Nothing is encoded.

Our PNGs have all their text before the pixels: the head is written anew without two chunks, the rest is the file.
"""

import io
import struct
from typing import BinaryIO

HIDDEN = (b"parameters", b"brushwire")
# Text of ours is far smaller; a file with a larger head is none of ours.
HEAD_MAX = 4_000_000


class Bare(io.RawIOBase):
    """`opened` read without its recipe, from `position` 0 to `size`. Raises ValueError for what is no PNG."""

    def __init__(self, opened: BinaryIO) -> None:
        super().__init__()
        self._opened = opened
        self._head, self._rest = _split(opened)
        self.size = len(self._head) + opened.seek(0, io.SEEK_END) - self._rest
        self._position = 0

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Only from the beginning."""
        assert whence == io.SEEK_SET
        self._position = offset
        return offset

    def read(self, size: int = -1) -> bytes:
        """Up to `size` bytes, all that is left when it is negative."""
        wanted = self.size - self._position if size < 0 else size
        part = self._head[self._position : self._position + wanted]
        if len(part) < wanted:
            self._opened.seek(self._rest + max(self._position + len(part) - len(self._head), 0))
            part += self._opened.read(wanted - len(part))
        self._position += len(part)
        return part

    def close(self) -> None:
        self._opened.close()
        super().close()


def _split(opened: BinaryIO) -> tuple[bytes, int]:
    """The head without hidden text, and where the rest begins in the file."""
    opened.seek(0)
    head = [opened.read(8)]
    if head[0] != b"\x89PNG\r\n\x1a\n":
        raise ValueError("not a PNG")
    while (place := opened.tell()) < HEAD_MAX:
        start = opened.read(8)
        if len(start) < 8:
            break
        length, kind = struct.unpack(">I4s", start)
        if kind == b"IDAT" or length > HEAD_MAX:
            return b"".join(head), place
        body = opened.read(length + 4)
        if kind not in (b"tEXt", b"zTXt", b"iTXt") or body.partition(b"\0")[0] not in HIDDEN:
            head.append(start + body)
    raise ValueError("not a PNG of ours")
