"""The real parts that tests run on: Redis, daphne, the worker, the reconciler, each a process of its own."""
