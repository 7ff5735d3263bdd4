"""The search page over a model behind gRPC: the answers of the model in process, and 503 while it is away."""

import contextlib

import numpy as np
import pytest
from bulk.making import picture
from serving.model_server import serving

pytest.importorskip("fastapi", reason="needs the extra serve")
pytest.importorskip("faiss", reason="needs the extra search")


@pytest.fixture
def photograph():
    return picture(np.random.default_rng(9))


def ask(address, photograph):
    import httpx2

    return httpx2.post(f"{address}/api/search", files={"photo": photograph}, timeout=60)


def distances(answer):
    assert answer.status_code == 200, answer.text
    return {
        image["id"]: image["distance"] for fabric in answer.json()["fabrics"] for image in fabric["images"]
    }


def test_it_answers_as_with_the_model_in_process(export, server, photograph, tmp_path):
    from search.web.site import new_site, served

    from fabric_retrieval.search.describer import Describer, open_model

    with contextlib.closing(open_model(f"grpc://127.0.0.1:{server[1]}/fabric")) as describer:
        site = new_site(tmp_path, describer)  # an index that is made over gRPC, too
        with served(site.app()) as address:
            over_grpc = distances(ask(address, photograph))
    with served(site._replace(describer=Describer(export)).app()) as address:
        in_process = distances(ask(address, photograph))
    assert len(over_grpc) > 1
    assert over_grpc == pytest.approx(in_process, abs=1e-5)


def test_while_the_model_is_away_it_says_when_to_come_back(servables, photograph, tmp_path):
    from search.web.site import new_site, served

    from fabric_retrieval.search.describer import open_model

    with contextlib.ExitStack() as stack:
        with serving(servables) as (_, port):
            describer = stack.enter_context(contextlib.closing(open_model(f"grpc://127.0.0.1:{port}")))
            address = stack.enter_context(served(new_site(tmp_path, describer).app()))
            before = distances(ask(address, photograph))
        away = ask(address, photograph)
        assert away.status_code == 503
        assert int(away.headers["Retry-After"]) > 0
        with serving(servables, port):
            assert distances(ask(address, photograph)) == before
