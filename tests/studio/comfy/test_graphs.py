"""Graphs are read as graphs: what they ask for, and every way in which one can be wrong, told at its node."""

from typing import Any

import pytest

from studio.comfy import checking, reading
from studio.comfy.faults import Unfit
from studio.comfy.nodes import NODES, Offer, object_info
from studio.comfy.reading import Lora, Wish
from studio.comfy.samplers import SAMPLERS, SCHEDULERS, ours
from studio.engines.samplers import NAMES
from tests.studio.comfy.graphs import OFFER, PICTURE, TEXT, changed, lora, stacked, without


def read(graph: Any, offer: Offer = OFFER, wanted: list[str] | None = None) -> Wish:
    return reading.read(checking.check(graph, offer, wanted))


def refused(graph: Any, wanted: list[str] | None = None) -> dict[str, Any]:
    with pytest.raises(Unfit) as unfit:
        read(graph, wanted=wanted)
    return unfit.value.told()


def test_a_picture_from_words() -> None:
    wish = read(TEXT)
    assert (wish.checkpoint, wish.prompt, wish.negative) == ("starter.safetensors", "a red boat", "blurred")
    assert (wish.width, wish.height, wish.count, wish.picture) == (128, 64, 2, "")
    assert (wish.seed, wish.steps, wish.cfg, wish.sampler, wish.scheduler) == (5, 12, 6.5, "euler", "normal")
    assert wish.at["width"] == ("4", "width") and wish.at["guidance_scale"] == ("5", "cfg")


def test_a_picture_from_a_picture() -> None:
    wish = read(PICTURE)
    assert (wish.picture, wish.denoise, wish.count) == ("a.png", 0.5, 1)
    assert wish.at["image"] == ("8", "image") and wish.at["strength"] == ("5", "denoise")


def test_loras_count_in_the_order_in_which_they_were_put_on() -> None:
    assert read(stacked()).loras == (Lora("ink.safetensors", 0.5), Lora("wash.safetensors", 1.5))


def test_ids_and_order_of_the_nodes_mean_nothing() -> None:
    names = {"1": "load", "2": "12:3", "3": "neg", "4": "z", "5": "a", "6": "_", "7": "save image"}
    graph = {}
    for key, node in reversed(TEXT.items()):
        inputs = {n: [names[v[0]], v[1]] if isinstance(v, list) else v for n, v in node["inputs"].items()}
        graph[names[key]] = {**node, "inputs": inputs, "_meta": {"title": "mine"}}
    assert read(graph).prompt == "a red boat"
    order = checking.check(graph, OFFER).order
    assert order.index("load") < order.index("a") < order.index("_") < order.index("save image")


def test_what_leads_to_no_output_is_not_looked_at() -> None:
    loose = {"class_type": "KSampler", "inputs": {"steps": "many"}}
    assert read(TEXT | {"20": loose}) == read(TEXT)


def test_two_outputs_of_the_same_pictures_are_one_wish() -> None:
    preview = {"class_type": "PreviewImage", "inputs": {"images": ["6", 0]}}
    socket = {"class_type": "SaveImageWebsocket", "inputs": {"images": ["6", 0]}}
    graph = checking.check(TEXT | {"20": preview, "21": socket}, OFFER)
    assert set(graph.outputs) == {"7", "20", "21"} and reading.read(graph) == read(TEXT)
    assert checking.check(TEXT | {"20": preview}, OFFER, ["20"]).outputs == ("20",)


def test_sound_outputs_are_made_although_others_are_not() -> None:
    broken = {"class_type": "SaveImage", "inputs": {"images": ["6", 0]}}
    graph = checking.check(TEXT | {"20": broken}, OFFER)
    assert graph.outputs == ("7",)
    assert graph.faults["20"].told() == {
        "errors": [{
            "type": "required_input_missing", "message": "Required input is missing", "details": "filename_prefix",
            "extra_info": {"input_name": "filename_prefix"},
        }],
        "dependent_outputs": ["20"],
        "class_type": "SaveImage",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("steps", "denoise", "whole"), [(20, 0.5, 40), (20, 0.6, 34), (20, 1.0, 20), (1, 0.05, 20), (20, 0.1, 100)]
)
def test_as_many_steps_run_as_comfyui_would_run(steps: int, denoise: float, whole: int) -> None:
    wish = read(changed(PICTURE, "5", steps=steps, denoise=denoise))
    assert wish.schedule_steps() == whole
    assert whole == 100 or int(whole * denoise) == steps
    assert read(changed(TEXT, "5", steps=steps)).schedule_steps() == steps


def test_seeds_of_64_bits_are_folded_always_in_the_same_way() -> None:
    assert read(changed(TEXT, "5", seed=2**64 - 1)).our_seed() == 2**53 - 1
    assert read(changed(TEXT, "5", seed=2**53 + 5)).our_seed() == 5


def test_sizes_lose_what_is_over_a_multiple_of_eight() -> None:
    wish = read(changed(TEXT, "4", width=133, height="71"))
    assert (wish.width, wish.height) == (128, 64)


def test_every_sampler_has_one_of_ours() -> None:
    assert {ours(name, "normal") for name in SAMPLERS} | {ours("dpmpp_2m", "karras")} == set(NAMES)
    assert [ours("dpmpp_2m", name) for name in SCHEDULERS].count("DPM++ 2M Karras") == 1
    assert ours("euler", "karras") == ""


def test_names_may_come_without_their_ending() -> None:
    assert read(changed(TEXT, "1", ckpt_name="starter")).checkpoint == "starter"


# Every way to be wrong: the graph, the node that is named, the type of its fault, and what the details say.
NODE_FAULTS = {
    "no value": (changed(TEXT, "5", steps=None), "5", "required_input_missing", "steps"),
    "no link": (changed(TEXT, "6", vae=None), "6", "required_input_missing", "vae"),
    "no list": (changed(TEXT, "6", samples="5"), "6", "bad_linked_input", "samples"),
    "link of three": (changed(TEXT, "6", samples=["5", 0, 1]), "6", "bad_linked_input", "samples"),
    "link by name": (changed(TEXT, "6", samples=["5", "LATENT"]), "6", "bad_linked_input", "samples"),
    "link to nothing": (changed(TEXT, "6", samples=["99", 0]), "6", "bad_linked_input", "samples"),
    "negative link": (changed(TEXT, "6", samples=["5", -1]), "6", "bad_linked_input", "samples"),
    "wrong output": (changed(TEXT, "6", samples=["1", 0]), "6", "return_type_mismatch", "received_type(MODEL)"),
    "too high output": (changed(TEXT, "6", samples=["5", 7]), "6", "return_type_mismatch", "nothing"),
    "steps of text": (changed(TEXT, "5", steps="many"), "5", "invalid_input_type", "steps, many"),
    "steps of truth": (changed(TEXT, "5", steps=True), "5", "invalid_input_type", "bool"),
    "text of a list": (changed(TEXT, "2", text=["1", 0]), "2", "invalid_input_type", "text"),
    "cfg of nothing": (changed(TEXT, "5", cfg="nan"), "5", "invalid_input_type", "not finite"),
    "seed too large": (changed(TEXT, "5", seed="9" * 5000), "5", "invalid_input_type", "seed"),
    "steps too few": (changed(TEXT, "5", steps=0), "5", "value_smaller_than_min", "steps"),
    "steps too many": (changed(TEXT, "5", steps=101), "5", "value_bigger_than_max", "steps"),
    "seed beyond": (changed(TEXT, "5", seed=2**64), "5", "value_bigger_than_max", "seed"),
    "too wide": (changed(TEXT, "4", width=520), "4", "value_bigger_than_max", "width"),
    "too small": (changed(TEXT, "4", height=8), "4", "value_smaller_than_min", "height"),
    "batch": (changed(TEXT, "4", batch_size=99), "4", "value_bigger_than_max", "batch_size"),
    "checkpoint": (changed(TEXT, "1", ckpt_name="v1-5.ckpt"), "1", "value_not_in_list", "ckpt_name: 'v1-5.ckpt'"),
    "sampler": (changed(TEXT, "5", sampler_name="dpm_fast"), "5", "value_not_in_list", "sampler_name"),
    "scheduler": (changed(TEXT, "5", scheduler="beta"), "5", "value_not_in_list", "scheduler"),
    "lora": (stacked() | {"10": lora("1", "x.safetensors")}, "10", "value_not_in_list", "lora_name"),
    "lora strength": (stacked() | {"10": lora("1", strength=3)}, "10", "value_bigger_than_max", "strength_model"),
    "picture": (changed(PICTURE, "8", image="../a.png"), "8", "custom_validation_failed", "Invalid image file"),
    "denoise": (changed(PICTURE, "5", denoise=0), "5", "value_smaller_than_min", "denoise"),
    "itself": (changed(stacked(), "10", model=["11", 0]), "11", "dependency_cycle", "#11"),
    "no picture to begin with": (changed(TEXT, "5", denoise=0.5), "5", "custom_validation_failed", "VAEEncode"),
    "shows what was loaded": (
        changed(PICTURE, "7", images=["8", 0]), "7", "custom_validation_failed", "from a VAEDecode",
    ),
    "decodes what is empty": (changed(TEXT, "6", samples=["4", 0]), "6", "custom_validation_failed", "a KSampler"),
    "goes on from a sampler": (
        TEXT | {"20": changed(TEXT, "5", latent_image=["5", 0])["5"], "6": changed(TEXT, "6", samples=["20", 0])["6"]},
        "20", "custom_validation_failed", "another KSampler",
    ),
    "encodes what was decoded": (
        PICTURE | {"20": changed(TEXT, "6")["6"], "9": changed(PICTURE, "9", pixels=["20", 0])["9"],
                   "21": changed(PICTURE, "5", latent_image=["9", 0])["5"],
                   "5": TEXT["5"], "4": TEXT["4"], "6": changed(TEXT, "6", samples=["21", 0])["6"]},
        "9", "custom_validation_failed", "a LoadImage",
    ),
    "two samplers": (
        TEXT | {"20": TEXT["5"], "21": changed(TEXT, "6", samples=["20", 0])["6"],
                "22": changed(TEXT, "7", images=["21", 0])["7"]},
        "20", "custom_validation_failed", "one KSampler",
    ),
    "text past the lora": (changed(stacked(), "2", clip=["1", 1]), "2", "custom_validation_failed", "the same node"),
    "clip past a lora": (changed(stacked(), "11", clip=["1", 1]), "11", "custom_validation_failed", "the same node"),
    "two strengths": (changed(stacked(), "10", strength_clip=0.1), "10", "custom_validation_failed", "strength_model"),
    "another vae": (
        TEXT | {"20": TEXT["1"], "6": changed(TEXT, "6", vae=["20", 2])["6"]},
        "6", "custom_validation_failed", "the checkpoint",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("graph", "node", "kind", "details"), NODE_FAULTS.values(), ids=NODE_FAULTS)
def test_what_is_wrong_is_told_at_its_node(graph: dict[str, Any], node: str, kind: str, details: str) -> None:
    told = refused(graph)
    assert told["error"]["type"] == "prompt_outputs_failed_validation" and told["error"]["message"]
    faults = told["node_errors"][node]
    assert faults["class_type"] == graph[node]["class_type"]
    assert faults["dependent_outputs"]
    found = [fault for fault in faults["errors"] if fault["type"] == kind]
    assert found and details in found[0]["details"], faults
    assert set(found[0]) == {"type", "message", "details", "extra_info"}


WHOLE_FAULTS = {
    "nothing": ({}, "prompt_no_outputs"),
    "no graph": ([1], "invalid_prompt"),
    "no output": (without(TEXT, "7"), "prompt_no_outputs"),
    "no class": (TEXT | {"8": {"inputs": {}}}, "invalid_prompt"),
    "no node": (TEXT | {"8": None}, "invalid_prompt"),
    "no inputs": (TEXT | {"8": {"class_type": "VAEDecode"}}, "invalid_prompt"),
    "long name": (TEXT | {"8" * 100: {"class_type": "VAEDecode", "inputs": {}}}, "invalid_prompt"),
    "another node": (TEXT | {"8": {"class_type": "UpscaleModelLoader", "inputs": {}}}, "missing_node_type"),
    "too many": ({str(n): TEXT["1"] for n in range(201)}, "prompt_too_large"),
}


@pytest.mark.parametrize(("graph", "kind"), WHOLE_FAULTS.values(), ids=WHOLE_FAULTS)
def test_what_is_no_graph_of_ours_is_refused_as_a_whole(graph: Any, kind: str) -> None:
    assert refused(graph)["error"]["type"] == kind


def test_a_node_that_we_do_not_have_is_named() -> None:
    told = refused(TEXT | {"8": {"class_type": "UpscaleModelLoader", "inputs": {}}})
    assert told["error"]["extra_info"] == {"node_id": "8", "class_type": "UpscaleModelLoader"}
    assert told["node_errors"]["8"]["class_type"] == "UpscaleModelLoader"


def test_outputs_that_are_not_there_are_not_wanted() -> None:
    assert refused(TEXT, wanted=["6", "99"])["error"]["type"] == "prompt_no_outputs"


def test_the_deepest_chain_is_read() -> None:
    graph = stacked() | {str(n): lora(str(n - 1)) for n in range(100, 280)}
    graph["100"]["inputs"] |= {"model": ["1", 0], "clip": ["1", 1]}
    graph["10"]["inputs"] |= {"model": ["279", 0], "clip": ["279", 1]}
    assert len(read(graph).loras) == 182


def test_object_info_has_every_node_in_comfyuis_form() -> None:
    told = object_info(OFFER)
    assert set(told) == set(NODES)
    sampler = told["KSampler"]
    assert sampler["input"]["required"]["steps"] == ["INT", {"default": 20, "min": 1, "max": 100}]
    assert sampler["input"]["required"]["model"] == ["MODEL"]
    assert sampler["input"]["required"]["sampler_name"] == [list(SAMPLERS)]
    assert (sampler["output"], sampler["output_name"], sampler["output_is_list"]) == (["LATENT"], ["LATENT"], [False])
    assert told["LoadImage"]["input"]["required"]["image"] == [["a.png"], {"image_upload": True}]
    assert told["EmptyLatentImage"]["input"]["required"]["width"][1]["max"] == 512
    assert [name for name, node in told.items() if node["output_node"]] == [
        "SaveImage", "PreviewImage", "SaveImageWebsocket",
    ]  # fmt: skip
    assert list(object_info(OFFER, "VAEDecode")) == ["VAEDecode"] and object_info(OFFER, "Nothing") == {}
