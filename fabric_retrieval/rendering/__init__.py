"""Fabrics drawn from a seed, and photographs of them. NumPy and OpenCV only.

fabric = draw_fabric(seed=0, index=3)
pixels, conditions = photograph(fabric, seed=0, fabric_index=3, photo_index=0)
data = encode(pixels, conditions["jpeg_quality"])
"""

from fabric_retrieval.rendering.camera import encode
from fabric_retrieval.rendering.fabric import Fabric, draw_fabric
from fabric_retrieval.rendering.photograph import photograph, take

__all__ = ["Fabric", "draw_fabric", "encode", "photograph", "take"]
