"""Frames in and out: everything a client can send is either a command or a ProtocolError."""

import json
import random

import pytest

from studio.protocol import Cancel, Hello, PreviewFrame, Submit
from studio.values.frames import ProtocolError, decode, encode_frame

SUBMIT = {"type": "submit", "id": "a", "tool": "sketch_to_image", "attached": "sketch"}


def frame(header: dict, blob: bytes = b"") -> bytes:
    text = json.dumps(header).encode()
    return len(text).to_bytes(4, "big") + text + blob


def test_a_text_frame_is_a_command() -> None:
    assert decode('{"type":"hello","version":1}', None) == (Hello(type="hello", version=1), None)


def test_a_binary_frame_is_a_command_with_bytes() -> None:
    command, blob = decode(None, frame(SUBMIT, b"\x89PNG"))
    assert isinstance(command, Submit) and blob == b"\x89PNG"


def test_bytes_may_only_come_with_a_command_that_names_them() -> None:
    with pytest.raises(ProtocolError, match="bad_frame"):
        decode(None, frame({"type": "seen"}, b"x"))


def test_what_is_encoded_can_be_split_again() -> None:
    header = PreviewFrame(generation="6f2b6c2e-7b0e-4d3a-9d5e-111111111111", index=0, step=1, total=2)
    data = encode_frame(header, b"jpeg")
    length = int.from_bytes(data[:4], "big")
    assert json.loads(data[4 : 4 + length])["type"] == "preview" and data[4 + length :] == b"jpeg"


def test_a_rejected_command_keeps_its_id_when_it_has_one() -> None:
    with pytest.raises(ProtocolError) as error:
        decode('{"type":"submit","id":"mine","tool":7}', None)
    assert error.value.id == "mine" and "tool" in error.value.fields


@pytest.mark.parametrize("bad", ["", "null", "true", '"x"', "{}", '{"type":null}', '{"type":"cancel"}'])
def test_a_frame_that_is_no_command_is_a_protocol_error(bad: str) -> None:
    with pytest.raises(ProtocolError):
        decode(bad, None)


def test_random_bytes_never_raise_anything_else() -> None:
    chance = random.Random(1)
    seeds = [frame(SUBMIT, b"abc"), frame({"type": "hello", "version": 1}), b'{"type":"hello"}']
    for _ in range(3000):
        data = bytearray(chance.choice(seeds))
        for _ in range(chance.randrange(1, 6)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        for text, blob in ((None, bytes(data)), (data.decode("latin1"), None)):
            try:
                command, _ = decode(text, blob)
                assert isinstance(command, Submit | Hello | Cancel)
            except ProtocolError:
                pass
