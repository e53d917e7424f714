"""The real parts that tests run on: Redis, daphne, the worker, the reconciler, each a process of its own."""

# Seconds until what should happen is given up: far more than it takes, for busy machines.
PATIENCE = 180.0
