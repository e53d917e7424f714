"""Silences the libraries below: imported before them, because some of it is said while they are imported.

Their warnings are about classes we chose knowingly, or quote people's prompts into the log; what matters is raised.
Their progress bars are for a person at a terminal.
"""

import huggingface_hub
import transformers

transformers.logging.set_verbosity_error()
transformers.logging.disable_progress_bar()
huggingface_hub.utils.disable_progress_bars()

import diffusers  # noqa: E402

diffusers.utils.logging.set_verbosity_error()
diffusers.utils.logging.disable_progress_bar()
