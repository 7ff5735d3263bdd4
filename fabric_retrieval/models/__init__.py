"""Networks that embed images: float32 [B, S, S, 3] with values 0 ... 255 to [B, D]."""

from fabric_retrieval.models.alexnet import alexnet

__all__ = ["alexnet"]
