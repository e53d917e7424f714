"""The local engine: diffusers models on this machine's own device, in a process of its own. Loads no torch here.

A job comes to `client` in the worker, crosses to `process`, waits in `runs` for its model, becomes slots that `batcher`
steps together with everybody else's, and goes back as pictures. Only modules behind `process` import torch.

The worker's side, and the way across: `client` starts, feeds and replaces the engine process; `process` is that
process; `messages` what they say to each other; `engine` the inside of the process, for whoever wants it without one;
`options` what an operator may set.

The loop, one thread that owns the device: `batcher` a turn of it; `runs` the book of requests; `order` whose rows are
next; `allowance` how many rows, by `budget` (time) and `memory` (bytes), and by `leftover` whose turn it is beside
people who draw; `steps` who takes part in a step and what they hear; `stepping` the one call to the network; `sampling`
from one step's latents to the next, by `tables` for all at once or by the scheduler; `compiling` that call made faster
by setting; `pacing` when a preview is due.

A picture's way: `beginning` what is made of a request; `ways` which stock pipeline it goes by; `slots` one picture in
the making, set up as that pipeline does; `masks` pictures of which a part is made anew; `controls` ControlNets on their
rows; `alone` families whose own pipeline steps by itself; `solo` the stock pipeline by itself, the reference of all
tests.

Models: `families` the kinds we know; `recognise` which kind a folder is; `loading` a model into memory; `networks` one
network of it; `seeing` one that looks at pictures; `sizes` its bytes before that; `cache` those in memory; `shelf` who
may load and who makes room; `device` where and in which numbers; `convert` published files made safetensors, by an
administrator; `samplers` schedulers by name; `scaling` each model's latent scale; `tiny` and `tiny_flows` random models
for tests; `prelude` quiets the libraries.

Photos: `ddcolor` colours grey ones (docs/photos.md); `photos` is the worker's half of that, `tints` are those that wait
for their colours, `tinting` asks the network for all of them together; `faces` counts those in a photo where the model
has a detector. `cleaning` repairs damaged ones for a network that takes out the grain.

Shapes: `shapes` is the worker's half of what becomes a shape in space, `sculpting` the engine's: Shap-E, a step and a
part of its decoding at a time. `depths` sees how near everything in a picture is, for reliefs.

Words and additions: `words` prompts encoded and kept; `chunks` long and weighted ones; `embeddings` textual inversion;
`adapters` the files in memory; `lora` one LoRA file read; `mixing` each row's own LoRAs in a shared step.

Inputs: `encoding` pictures into latents; before that they are laid out by studio/engines/board.

Finishing: `finishing` the last stretch of a request; `decoding` latents into pictures; `upscaling` them tile by tile,
by the network `upscaler` or a published one of `esrgan`; `previews` small pictures of unfinished work; `safety` says
whether a picture is unsafe.
"""

import os

# OpenMP's threads spin while they wait for each other. On cores that other processes use as well, each step then costs
# whole scheduler slices: measured on two shared cores, 8 s a picture instead of 0.4. Read once, when torch loads it.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

from studio.engines.local.client import LocalEngine

__all__ = ["LocalEngine"]
