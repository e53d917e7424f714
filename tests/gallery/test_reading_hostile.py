"""Files that only pretend to have settings: nothing is raised, nothing takes long, nothing is believed."""

import json
import struct
import time
import zlib
from typing import Any

import pytest

from gallery import metadata
from gallery.metadata import comfyui
from tests.gallery.test_reading import A1111, GRAPH, png, with_comment


def block(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


HEAD = b"\x89PNG\r\n\x1a\n" + block(b"IHDR", struct.pack(">IIBBBBB", 8, 8, 8, 2, 0, 0, 0))
LOOP: dict[str, Any] = {
    "1": {"class_type": "KSampler", "inputs": {"positive": ["2", 0], "latent_image": ["1", 0], "model": ["1", 0]}},
    "2": {"class_type": "ConditioningCombine", "inputs": {"conditioning": ["2", 0], "text": ["2", 0]}},
}


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x89PNG\r\n\x1a\n",
        b"\xff\xd8\xff\xe1\xff\xff",
        b"RIFF\xff\xff\xff\xffWEBPEXIF\xff\xff\xff\xff",
        HEAD + struct.pack(">I", 2**31) + b"tEXtparameters\0x",
        HEAD + block(b"tEXt", b"parameters"),
        HEAD + block(b"zTXt", b"parameters\0\0" + zlib.compress(b"a" * 50_000_000)),
        HEAD + block(b"zTXt", b"parameters\0\0not zlib"),
        HEAD + block(b"iTXt", b"prompt\0\1\0\0\0" + zlib.compress(b"[" * 3_000_000)),
        png(prompt="[" * 100_000),
        png(prompt='{"1":' * 50_000),
        png(prompt=json.dumps([1, 2])),
        png(prompt=json.dumps({str(n): {"class_type": "KSampler", "inputs": {}} for n in range(5000)})),
        png(prompt=json.dumps({"1": {"class_type": ["KSampler"], "inputs": {"latent_image": 1}}, "2": 5, "3": {}})),
        png(
            invokeai_metadata=json.dumps({"positive_prompt": ["x"], "loras": {"a": 1}, "model": 7}).replace(
                '"x"', "9" * 5000
            )
        ),
        png(brushwire=json.dumps({"params": []})),
        png(brushwire="null", parameters="only words"),
        with_comment("JPEG", b"UNICODE\0\xff"),
        HEAD + block(b"tEXt", b"x\0y") * 300_000,
    ],
)
def test_hostile_files_say_nothing_and_quickly(data: bytes) -> None:
    began = time.monotonic()
    found = metadata.read(data)
    assert found is None or not found.params["prompt"]
    assert time.monotonic() - began < 15


def test_a_graph_that_leads_in_circles_ends() -> None:
    found = metadata.read(png(prompt=json.dumps(LOOP)))
    assert found and found.params["prompt"] == ""


@pytest.mark.parametrize("value", [True, -1, 2**60, "12x", float("nan"), float("inf"), [1], {}, "9" * 400, None])
def test_values_of_the_wrong_kind_are_not_taken(value: Any) -> None:
    graph = json.loads(json.dumps(GRAPH))
    graph["6"]["inputs"] |= {"seed": value, "steps": value, "sampler_name": value}
    found = comfyui.settings(graph)
    assert found and found.params["seed"] is None and found.params["steps"] is None
    assert isinstance(found.params["sampler"], str)


def test_every_cut_and_every_flipped_byte_of_an_exif_block_is_survived() -> None:
    data = with_comment("WEBP", b"UNICODE\0" + A1111.encode("utf-16-be"))
    start = data.index(b"EXIF")
    for place in range(start, min(start + 80, len(data))):
        for value in (0, 255, data[place] ^ 1):
            metadata.read(data[:place] + bytes([value]) + data[place + 1 :])
        metadata.read(data[:place])
