"""`/comfy/` over HTTP: what a client sends becomes a generation of its person, and nobody else ever sees it."""

import uuid
from typing import Any

import pytest

from accounts.models import User
from studio.models import Adapter, ComfyPrompt, Generation, State
from tests.policy.belongings import work_of
from tests.studio.comfy.conftest import end
from tests.studio.comfy.graphs import TEXT, changed, lora, stacked

FAKE = changed(changed(TEXT, "1", ckpt_name="fake.safetensors"), "4", width=64, batch_size=1)
STARTER = changed(TEXT, "4", batch_size=1)


def test_a_graph_becomes_a_generation_of_the_keys_owner(alice: User, program_of: Any) -> None:
    prompt_id = str(uuid.uuid4())
    told = program_of(alice).queue(STARTER, prompt_id=prompt_id, client_id="me", extra_data={"extra_pnginfo": {"a": 1}})
    assert told == {"prompt_id": prompt_id, "number": 1, "node_errors": {}}
    made = Generation.objects.get()
    assert (made.owner, made.tool, made.model_name) == (alice, "text_to_image", "starter")
    assert made.api_key is not None and made.api_key.scopes == ["comfy"]
    wanted = {
        "prompt": "a red boat", "negative_prompt": "blurred", "width": 128, "height": 64, "count": 1, "seed": 5,
        "steps": 12, "guidance_scale": 6.5, "sampler": "Euler",
    }  # fmt: skip
    assert wanted.items() <= made.params.items()
    row = ComfyPrompt.objects.get()
    assert (row.client, row.outputs, row.extra) == ("me", ["7"], {"extra_pnginfo": {"a": 1}})
    assert [node for node, _name in row.nodes][-1] == "7"


def test_loras_and_their_strengths_are_handed_on(alice: User, program_of: Any) -> None:
    for name in ("ink", "wash"):
        Adapter.objects.create(name=name, title=name, source=name)
    program_of(alice).queue(changed(stacked(), "5", sampler_name="dpmpp_2m", scheduler="karras"))
    params = Generation.objects.get().params
    assert params["loras"] == [{"name": "ink", "weight": 0.5}, {"name": "wash", "weight": 1.5}]
    assert params["sampler"] == "DPM++ 2M Karras"


def test_embeddings_are_named_as_comfyui_names_them(alice: User, program_of: Any) -> None:
    Adapter.objects.create(name="sea", title="Sea", kind="embedding", source="x", token="<sea>")
    program = program_of(alice)
    assert program.get("embeddings").json() == ["sea"]
    program.queue(changed(STARTER, "2", text="embedding:sea and embedding:land"))
    assert Generation.objects.get().params["prompt"] == "<sea> and embedding:land"


def test_the_same_prompt_id_is_made_once(alice: User, program_of: Any) -> None:
    program, prompt_id = program_of(alice), str(uuid.uuid4())
    assert program.queue(FAKE, prompt_id=prompt_id) == program.queue(FAKE, prompt_id=prompt_id)
    assert program.queue(FAKE)["number"] == 2
    assert Generation.objects.count() == 2


def test_models_without_samplers_of_ours_know_euler_only(alice: User, program_of: Any) -> None:
    program = program_of(alice)
    program.queue(FAKE)
    assert Generation.objects.get().params["sampler"] == ""
    told = program.post("prompt", {"prompt": changed(FAKE, "5", sampler_name="heun")}).json()
    assert "a sampler of its own" in told["node_errors"]["5"]["errors"][0]["details"]


BAD = {
    "no json": (b"{", 400, "invalid_json"),
    "no object": ([], 400, "invalid_json"),
    "no number": (b'{"prompt": NaN}', 400, "invalid_json"),
    "no prompt": ({"client_id": "x"}, 400, "no_prompt"),
    "no uuid": ({"prompt": FAKE, "prompt_id": "1"}, 400, "invalid_prompt_id"),
    "a strange client": ({"prompt": FAKE, "client_id": "x" * 81}, 400, "invalid_prompt"),
    "a text of nothing": ({"prompt": FAKE, "extra_data": {"a": "\0"}}, 400, "invalid_prompt"),
    "strange extras": ({"prompt": FAKE, "extra_data": [1]}, 400, "invalid_prompt"),
    "strange targets": ({"prompt": FAKE, "partial_execution_targets": "7"}, 400, "invalid_prompt"),
    "much beside it": ({"prompt": FAKE, "extra_data": {"a": "x" * 140_000}}, 413, "prompt_too_large"),
    "very much": (b'{"prompt": "' + b"x" * 1_100_000 + b'"}', 413, "too_large"),
    "a wrong graph": ({"prompt": changed(FAKE, "5", cfg=99)}, 400, "prompt_outputs_failed_validation"),
}


@pytest.mark.parametrize(("body", "status", "kind"), BAD.values(), ids=BAD)
def test_what_cannot_be_read_is_told_in_comfyuis_shape(
    body: Any, status: int, kind: str, alice: User, program_of: Any
) -> None:
    answer = program_of(alice).post("prompt", body)
    told = answer.json()
    assert (answer.status_code, told["error"]["type"]) == (status, kind)
    assert set(told) == {"error", "node_errors"}
    assert set(told["error"]) == {"type", "message", "details", "extra_info"}
    assert not Generation.objects.exists() and not ComfyPrompt.objects.exists()


# What the studio's own forms and limits refuse: the change, the node, the input, the words.
OURS = {
    "an empty text": (changed(FAKE, "2", text=" "), "2", "text", "Please write"),
    "a schedule": (changed(STARTER, "5", scheduler="karras"), "5", "sampler_name", "karras"),
    "too large for this model": (changed(STARTER, "4", width=512), "4", "width", "At most 256"),
    "twice the same": (
        changed(stacked(), "11", lora_name="ink.safetensors") | {"10": lora("1")}, "11", "lora_name", "once",
    ),
    "too many steps for it": (changed(STARTER, "5", sampler_name="lcm", steps=60), "5", "steps", "At most 50"),
}  # fmt: skip


@pytest.mark.parametrize("case", OURS.values(), ids=OURS)
def test_what_our_forms_refuse_is_told_at_its_node(case: Any, alice: User, program_of: Any) -> None:
    graph, node, name, words = case
    for adapter in ("ink", "wash"):
        Adapter.objects.create(name=adapter, title=adapter, source=adapter)
    answer = program_of(alice).post("prompt", {"prompt": graph})
    fault = answer.json()["node_errors"][node]["errors"][0]
    assert answer.status_code == 400 and fault["extra_info"]["input_name"] == name and words in fault["details"]
    assert not ComfyPrompt.objects.exists()


def test_limits_of_the_person_are_told_under_our_code(alice: User, program_of: Any) -> None:
    program = program_of(alice, images_per_day=1)
    program.queue(FAKE)
    answer = program.post("prompt", {"prompt": FAKE})
    assert (answer.status_code, answer.json()["error"]["type"]) == (429, "quota_exceeded")
    assert answer.json()["error"]["extra_info"]["what"] == "key_images_per_day"


def test_a_key_for_some_models_offers_no_others(alice: User, program_of: Any) -> None:
    program = program_of(alice, model_names=["fake"])
    assert program.get("models/checkpoints").json() == ["fake.safetensors"]
    told = program.post("prompt", {"prompt": STARTER}).json()
    assert told["node_errors"]["1"]["errors"][0]["type"] == "value_not_in_list"


def test_only_keys_for_comfyui_open_it_and_cookies_never(alice: User, client: Any, program_of: Any) -> None:
    client.force_login(alice)
    for path in ("prompt", "queue", "history", "object_info", "view", "system_stats", "api/queue", "features"):
        answer = client.get(f"/comfy/{path}")
        assert (answer.status_code, answer.json()["error"]["type"]) == (401, "auth_required"), path
    assert program_of(alice, "read", "generate").get("queue").status_code == 403
    assert program_of(alice).get("queue").status_code == 200
    assert program_of(alice).get("interrupt").status_code == 405
    assert program_of(alice).get("nothing/here").json()["error"]["type"] == "not_found"


def test_the_queue_is_ones_own_and_so_is_stopping_it(alice: User, bob: User, program_of: Any) -> None:
    mine, theirs = program_of(alice), program_of(bob)
    first, second = mine.queue(FAKE)["prompt_id"], mine.queue(FAKE)["prompt_id"]
    Generation.objects.filter(command=f"comfy-{first}").update(state=State.RUNNING)
    told = mine.get("queue").json()
    assert [entry[1] for entry in told["queue_running"]] == [first]
    assert told["queue_pending"] == [[2, second, FAKE, {}, ["7"]]]
    assert mine.get("prompt").json() == {"exec_info": {"queue_remaining": 2}}
    assert theirs.get("queue").json() == {"queue_running": [], "queue_pending": []}
    for path, body in (
        ("queue", {"delete": [second]}),
        ("interrupt", {"prompt_id": first}),
        ("queue", {"clear": True}),
    ):
        assert theirs.post(path, body).status_code == 200
    assert theirs.post("interrupt", b"").status_code == 200
    assert _states() == [State.RUNNING, State.QUEUED] and not _asked()
    mine.post("interrupt", {"prompt_id": second})
    mine.post("queue", {"delete": [first, "nonsense", 7]})
    assert _states() == [State.RUNNING, State.QUEUED] and not _asked(), "each stops only what is its own to stop"
    mine.post("interrupt", b"")
    mine.post("queue", {"clear": True})
    assert _states() == [State.RUNNING, State.CANCELLED] and _asked()
    assert mine.get("history").json() == {}, "what never began is in no history"


def _states() -> list[str]:
    return list(Generation.objects.order_by("created_at").values_list("state", flat=True))


def _asked() -> bool:
    return Generation.objects.filter(cancel_requested_at__isnull=False).exists()


def test_the_history_tells_what_was_made_and_what_went_wrong(alice: User, bob: User, program_of: Any) -> None:
    program = program_of(alice)
    ids = [program.queue(FAKE)["prompt_id"] for _ in range(4)]
    work = work_of(alice, end(ids[0]).pk)
    end(ids[1], State.FAILED, error_code="out_of_memory", error_params={"width": 64, "height": 64})
    end(ids[2], State.CANCELLED)
    assert program.get(f"history/{ids[3]}").json() == {}
    entry = program.get(f"history/{ids[0]}").json()[ids[0]]
    image = {"filename": f"red_{work.pk.hex}_.png", "subfolder": "boats", "type": "output"}
    assert entry["outputs"] == {"7": {"images": [image]}}
    assert entry["prompt"][:2] == [1, ids[0]] and entry["status"]["status_str"] == "success"
    assert [kind for kind, _ in entry["status"]["messages"]][-1] == "execution_success"
    told = program.get("history").json()
    assert list(told) == ids[:3]
    last = told[ids[1]]["status"]["messages"][-1]
    assert last[0] == "execution_error" and last[1]["exception_type"] == "out_of_memory"
    assert told[ids[2]]["status"]["messages"][-1][0] == "execution_interrupted"
    assert list(program.get("history", max_items=1).json()) == ids[2:3]
    assert list(program.get("history", max_items=1, offset=0).json()) == ids[:1]
    stranger = program_of(bob)
    assert stranger.get("history").json() == {} == stranger.get(f"history/{ids[0]}").json()
    stranger.post("history", {"clear": True})
    stranger.post("history", {"delete": ids})
    program.post("history", {"delete": [ids[1], ids[3]]})
    assert list(program.get("history").json()) == [ids[0], ids[2]]
    program.post("history", {"clear": True})
    assert program.get("history").json() == {} and ComfyPrompt.objects.count() == 1
    assert program.get("view", **image).status_code == 200, "the picture stays"


def test_what_there_is(alice: User, program_of: Any) -> None:
    program = program_of(alice)
    for before in ("", "api/"):
        assert "KSampler" in program.get(f"{before}object_info").json()
        assert program.get(f"{before}features").json()["supports_preview_metadata"] is True
        assert program.get(f"{before}system_stats").json()["devices"][0]["vram_total"] == 0
    assert program.get("models").json() == ["checkpoints", "loras", "embeddings", "vae"]
    assert "starter.safetensors" in program.get("models/checkpoints").json()
    assert program.get("models/nothing").status_code == 404
    assert program.get("extensions").json() == [] and program.post("free", {}).status_code == 200


def test_only_the_newest_prompts_are_kept(alice: User, program_of: Any, settings: Any) -> None:
    settings.COMFY_PROMPTS_KEPT = 2
    program = program_of(alice)
    ids = [program.queue(FAKE)["prompt_id"] for _ in range(4)]
    assert ComfyPrompt.objects.prune() == 2
    assert [str(row.prompt_id) for row in ComfyPrompt.objects.all()] == ids[2:]
