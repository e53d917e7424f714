"""The engines: one contract, and what each promises besides."""
