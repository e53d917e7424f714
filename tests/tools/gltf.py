"""The Khronos glTF validator, as it lies under tests/vendor: what it says of GLB files. One process for all of them."""

import hashlib
import json
import subprocess
from pathlib import Path
from typing import Any

from tests.tools import node

HERE = Path(__file__).resolve().parent
VENDORED = HERE.parent / "vendor" / "gltf-validator"
# npm gltf-validator 2.0.0-dev.3.10, Apache-2.0, unchanged.
SHA256 = {
    "gltf_validator.dart.js": "b73a7b2d455ac217567725138b46d826a13d7d1bb0c88c15f7c571bfb349298c",
    "index.js": "78deff9ea85743e86461c2d14fae76e7fc3ca0432e652f62948066b55fa16f0d",
}


def reports(files: list[Path]) -> dict[Path, dict[str, Any]]:
    """The report of each file: `issues` with numErrors, numWarnings and messages, and `info`. Raises NoNode."""
    for name, digest in SHA256.items():
        assert hashlib.sha256((VENDORED / name).read_bytes()).hexdigest() == digest, f"{name} was changed"
    command = [node.find(), HERE / "validate_gltf.cjs", *files]
    said = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True).stdout
    return {Path(name): report for name, report in json.loads(said).items()}
