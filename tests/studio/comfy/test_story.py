"""One prompt as its client hears of it: ComfyUI's messages, in its order, whatever of our news is lost."""

import json
import struct
from typing import Any

import pytest

from studio.comfy import frames
from studio.comfy.story import Plan, Story, Told, status

NODES = (
    ("1", "CheckpointLoaderSimple"), ("2", "CLIPTextEncode"), ("3", "CLIPTextEncode"), ("4", "EmptyLatentImage"),
    ("5", "KSampler"), ("6", "VAEDecode"), ("7", "SaveImage"),
)  # fmt: skip
PLAN = Plan("p", NODES, ("7",), total=2)
SHOWN = {"7": {"images": [{"filename": "a.png", "subfolder": "", "type": "output"}]}}


def told(messages: list[Told]) -> list[Any]:
    """The messages in short, without `progress_state`."""
    short: list[Any] = []
    for each in messages:
        data = each["data"]
        if each["type"] == "executing":
            short.append(data["node"])
        elif each["type"] == "progress":
            short.append((data["value"], data["max"], data["node"]))
        elif each["type"] != "progress_state":
            short.append(each["type"])
    return short


def test_a_whole_story_is_told_in_comfyuis_order() -> None:
    story = Story(PLAN)
    assert told(story.start()) == ["execution_start", "execution_cached"]
    assert told(story.stage("loading")) == ["1"]
    assert told(story.stage("encoding")) == ["2", "3", "4"]
    assert told(story.progress(1)) == ["5", (1, 2, "5")]
    assert told(story.progress(2)) == [(2, 2, "5")]
    assert told(story.stage("decoding")) == ["6"]
    assert told(story.stage("saving")) == []
    assert told(story.finish(SHOWN)) == ["7", "executed", "execution_success", None]
    assert story.ended


def test_every_message_has_what_the_example_clients_read() -> None:
    story = Story(PLAN)
    messages = [*story.start(), *story.progress(1), *story.finish(SHOWN)]
    assert all(each["data"]["prompt_id"] == "p" for each in messages)
    executing = [each["data"] for each in messages if each["type"] == "executing"]
    assert all(set(data) == {"prompt_id", "node", "display_node"} for data in executing)
    executed = next(each["data"] for each in messages if each["type"] == "executed")
    assert executed == {"prompt_id": "p", "node": "7", "display_node": "7", "output": SHOWN["7"]}
    state = [each["data"]["nodes"] for each in messages if each["type"] == "progress_state"]
    assert state[-1]["7"]["state"] == "finished" and state[-1]["5"]["value"] == 2
    assert state[0] == {"1": {
        "value": 0, "max": 1, "state": "running", "node_id": "1", "prompt_id": "p", "display_node_id": "1",
        "parent_node_id": None, "real_node_id": "1",
    }}  # fmt: skip
    assert isinstance(messages[0]["data"]["timestamp"], int)


def test_what_is_lost_on_the_way_is_made_up_for() -> None:
    whole = ["1", "2", "3", "4", "5", (2, 2, "5"), "6", "7", "executed", "execution_success", None]
    assert told(Story(PLAN).finish(SHOWN)) == ["execution_start", "execution_cached", *whole]
    story = Story(PLAN)
    assert told(story.progress(1))[:2] == ["execution_start", "execution_cached"]
    assert told(story.stage("decoding")) == [(2, 2, "5"), "6"]


def test_news_that_come_twice_or_late_change_nothing() -> None:
    story = Story(PLAN)
    story.start()
    story.progress(2)
    assert not told([*story.start(), *story.progress(1), *story.stage("loading"), *story.stage("waiting")])
    story.finish(SHOWN)
    late = [story.finish(SHOWN), story.fail("x", "y"), story.interrupt(), story.progress(2), story.stage("saving")]
    assert late == [[]] * 5 and not story.start()


def test_several_pictures_are_one_progress_that_never_falls() -> None:
    story = Story(Plan("p", NODES, ("7",), total=2, count=2))
    story.progress(1, 0)
    assert told(story.progress(2, 0)) == [(2, 4, "5")]
    assert told(story.stage("decoding")) == [], "that was the first of two pictures"
    assert told(story.progress(1, 1)) == [(3, 4, "5")]
    assert told(story.progress(2, 1)) == [(4, 4, "5")]
    assert told(story.stage("decoding")) == ["6"]


def test_what_is_made_anew_is_told_anew() -> None:
    story = Story(PLAN)
    story.start()
    story.progress(1)
    story.lose()
    assert told(story.start()) == []
    assert told(story.progress(1)) == ["1", "2", "3", "4", "5", (1, 2, "5")]


def test_who_comes_back_hears_where_it_is() -> None:
    assert told(Story(PLAN).resume("denoising", 1)) == ["5", (1, 2, "5")]
    assert told(Story(PLAN).resume("")) == ["1"]
    story = Story(PLAN)
    story.resume("denoising", 1)
    assert told(story.finish(SHOWN)) == [(2, 2, "5"), "6", "7", "executed", "execution_success", None]


@pytest.mark.parametrize(
    ("stage", "node", "kind"), [("loading", "1", "CheckpointLoaderSimple"), ("denoising", "5", "KSampler")]
)
def test_a_failure_and_an_interruption_name_the_node(stage: str, node: str, kind: str) -> None:
    for end in (lambda story: story.fail("out_of_memory", "Too large."), Story.interrupt):
        story = Story(PLAN)
        story.stage(stage)
        error, last = end(story)
        assert (error["data"]["node_id"], error["data"]["node_type"]) == (node, kind)
        assert error["data"]["executed"] == [key for key, _ in NODES[: int(node) - 1]]
        assert last["data"]["node"] is None
    assert error["type"] == "execution_interrupted"
    failed = Story(PLAN).fail("out_of_memory", "Too large.")[-2]["data"]
    assert (failed["exception_type"], failed["exception_message"], failed["traceback"]) == (
        "out_of_memory", "Too large.", [],
    )  # fmt: skip


def test_an_output_on_the_socket_stands_where_its_node_begins() -> None:
    story = Story(Plan("p", (*NODES[:6], ("8", "SaveImageWebsocket"), ("7", "SaveImage")), ("8", "7"), total=2))
    assert told(story.finish(SHOWN))[-7:] == ["6", "8", "pictures", "7", "executed", "execution_success", None]


def test_the_status_names_the_client_once() -> None:
    assert status(2, "me") == {"type": "status", "data": {"status": {"exec_info": {"queue_remaining": 2}}, "sid": "me"}}
    assert "sid" not in status(0)["data"]


def test_binary_frames_lie_as_comfyui_lays_them() -> None:
    assert frames.preview(b"jpeg", "image/jpeg") == struct.pack(">II", 1, 1) + b"jpeg"
    assert frames.preview(b"png", "image/png")[:8] == struct.pack(">II", 1, 2)
    frame = frames.preview_told(b"jpeg", "image/jpeg", Story(PLAN).about_preview())
    event, length = struct.unpack(">II", frame[:8])
    about = json.loads(frame[8 : 8 + length])
    assert (event, about["node_id"], about["image_type"], frame[8 + length :]) == (4, "5", "image/jpeg", b"jpeg")
