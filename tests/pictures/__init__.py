"""The pictures of docs/guide.md and of the README, taken of a real studio: `python -m tests.pictures`. No tests."""
