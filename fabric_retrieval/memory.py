"""How TensorFlow takes memory from the system."""

import os


def keep_memory():
    """Lets TensorFlow on a CPU keep what it frees; call it before TensorFlow loads.

    Else every large tensor is mapped anew, and its pages filled with zeros first: a seventh of AlexNet's
    training step (`benchmarks/README.md`). A value of the variable that is there already stays. TensorFlow
    takes 64 GB so at most; TF_CPU_BFC_MEM_LIMIT_IN_MB changes that.
    """
    os.environ.setdefault("TF_CPU_ALLOCATOR_USE_BFC", "1")
