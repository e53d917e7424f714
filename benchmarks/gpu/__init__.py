"""What only a GPU can show, prepared as one command: `python -m benchmarks.gpu`."""
