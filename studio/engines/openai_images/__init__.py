"""The engine `openai_images`: any server with OpenAI-compatible images endpoints (docs/engines.md)."""

from studio.engines.openai_images.engine import OpenAIImagesEngine

__all__ = ["OpenAIImagesEngine"]
