"""Hostile requests are refused with a 4xx each, and the server goes on as before."""

import importlib.util
import sys
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
from search.web.site import served

HOSTILE = Path(__file__).parents[3] / "benchmarks" / "hostile.py"
MAX_BYTES = 1_000_000
COUNT = 130  # ten of each sort


def load(path):
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = sys.modules[path.stem] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_hostile_requests_are_refused(site):
    hostile = load(HOSTILE)
    photograph = site.photographs["denim/0.jpg"]
    with served(site.app(max_bytes=MAX_BYTES)) as address:
        parts = urlsplit(address)

        def search():
            answer = httpx2.post(f"{address}/api/search", files={"photo": photograph}, timeout=60)
            assert answer.status_code == 200
            return answer.json()

        before = search()
        answers = {
            name: hostile.status((parts.hostname, parts.port), request)
            for name, request in hostile.requests(0, COUNT, photograph, MAX_BYTES)
        }
        assert {name: status for name, status in answers.items() if not 400 <= status < 500} == {}
        assert len(answers) == COUNT
        # The same requests with what is right in them are taken: it is the wrong that is refused.
        good = hostile.posted([(b"photo", photograph, b"a.jpg"), (b"crop", b"0,0,50,50", None)])
        assert hostile.status((parts.hostname, parts.port), good) == 200
        assert search() == before
        assert "fabric_requests_in_hand 1.0" in httpx2.get(f"{address}/metrics").text
