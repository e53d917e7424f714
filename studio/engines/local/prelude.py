"""What must be settled before diffusers is imported: the libraries keep quiet. Threads: see the package itself."""

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
