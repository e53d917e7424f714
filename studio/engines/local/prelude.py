"""What must be settled before torch and diffusers are imported: threads that wait asleep, libraries that keep quiet."""

import os

# OpenMP's threads spin while they wait for each other. On cores that other processes use as well, each step then costs
# whole scheduler slices: measured on two shared cores, 8 s a picture instead of 0.4. Read once, when torch loads it.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import huggingface_hub
import transformers

# Their warnings are about classes we chose knowingly, or quote people's prompts into the log; what matters is raised.
# Some of it is said while diffusers is imported. Progress bars are for a person at a terminal.
transformers.logging.set_verbosity_error()
transformers.logging.disable_progress_bar()
huggingface_hub.utils.disable_progress_bars()

import diffusers  # noqa: E402

diffusers.utils.logging.set_verbosity_error()
diffusers.utils.logging.disable_progress_bar()
