"""What Prometheus is told."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

__all__ = ["CONTENT_TYPE_LATEST", "Metrics"]
SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
SIZES = (1, 2, 4, 8, 16, 32, 64)


class Metrics:
    """Counters of one server, in a registry of their own.

    Args:
        images: function without arguments to the number of images in the index.
    """

    def __init__(self, images):
        registry = self._registry = CollectorRegistry()
        ProcessCollector(registry=registry)  # memory, processor time, open files
        self._requests = Counter(
            "fabric_requests", "Requests answered.", ["route", "method", "status"], registry=registry
        )
        self._seconds = Histogram(
            "fabric_request_seconds",
            "From a request's headers to the end of its answer.",
            ["route"],
            registry=registry,
            buckets=SECONDS,
        )
        self.in_hand = Gauge("fabric_requests_in_hand", "Requests not yet answered.", registry=registry)
        self._batches = Histogram(
            "fabric_batch_images",
            "Images that went through the model at once.",
            registry=registry,
            buckets=SIZES,
        )
        self._describing = Histogram(
            "fabric_batch_seconds", "A batch's time in the model.", registry=registry, buckets=SECONDS
        )
        Gauge("fabric_index_images", "Images in the index.", registry=registry).set_function(images)

    def request(self, route, method, status, seconds):
        """Counts a request. Route and method come from small sets, whatever clients send."""
        self._requests.labels(route, method, status).inc()
        self._seconds.labels(route).observe(seconds)

    def batch(self, images, seconds):
        """Counts a batch."""
        self._batches.observe(images)
        self._describing.observe(seconds)

    def text(self):
        """All of it, bytes in Prometheus' text format."""
        return generate_latest(self._registry)
