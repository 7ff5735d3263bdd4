import pytest


@pytest.fixture(autouse=True, scope="session")
def one_thread():
    """Threads of faiss that wait for each other take long where several processes test at once."""
    import faiss

    faiss.omp_set_num_threads(1)
