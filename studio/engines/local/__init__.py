"""The local engine: diffusers models on this machine's own device, in a process of its own. Loads no torch here.

`client` stands in the worker: it starts the engine process, feeds it and replaces it. `process` is that process;
`batcher` in it lets the requests of different people share every step. Only modules behind `process` import torch.
"""

import os

# OpenMP's threads spin while they wait for each other. On cores that other processes use as well, each step then costs
# whole scheduler slices: measured on two shared cores, 8 s a picture instead of 0.4. Read once, when torch loads it.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

from studio.engines.local.client import LocalEngine

__all__ = ["LocalEngine"]
