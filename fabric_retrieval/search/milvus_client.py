"""A connection to Milvus that tells of errors in the user's terms."""

import functools
import logging
import time

from fabric_retrieval.errors import UserError

SECONDS = 10  # within which a server must answer a connection
READ_SECONDS = 30  # and a question
ROWS = 4096  # of an iteration at once
FRESH = 15  # seconds; what was written before is in each answer, by Milvus' defaults after five
READS, WRITES = {"get", "query", "query_iterator", "search"}, {"delete", "upsert"}


class MilvusConnection:
    """pymilvus' `MilvusClient`, of which any method can be called, and what is made of several."""

    def __init__(self, uri, token=""):
        """uri: http(s)://host:port, or a file *.db. token: "user:password" or a token, "" for none.

        Raises:
            UserError: pymilvus is not installed, or there is no answer.
        """
        try:
            import pymilvus
            from grpc import RpcError
        except ImportError as error:
            raise UserError(
                "An index in Milvus needs pymilvus: pip install 'fabric-retrieval[search]'."
            ) from error
        self._pymilvus, self._rpc_error, self._uri = pymilvus, RpcError, uri
        self._fresh_until = time.monotonic() + FRESH
        if not uri.startswith("http"):
            # milvus-lite has no clock to iterate by, and says so at each iteration.
            for name in ("grpc._server", "pymilvus.client.iterator.query_iterator"):
                logging.getLogger(name).setLevel(logging.CRITICAL)
        self._client = self._told(pymilvus.MilvusClient, uri, token=token, timeout=SECONDS)

    def __getattr__(self, name):
        method = getattr(self._client, name)
        if name in WRITES:
            self._fresh_until = time.monotonic() + FRESH
        if name in READS:
            method = functools.partial(method, consistency_level=self._level(), timeout=READ_SECONDS)
        return lambda *arguments, **named: self._told(method, *arguments, **named)

    def _level(self):
        """Milvus waits for what was written a moment ago with "Strong", which takes it half a second.

        "Bounded" answers at once, of the state some seconds ago.
        """
        return "Strong" if time.monotonic() < self._fresh_until else "Bounded"

    def make(self, collection, strings, dimension, index, parameters):
        """Makes a collection and loads it.

        Args:
            strings: [(name, most bytes), …], the first of them the key; "vector" is beside them.
            index, parameters: as Milvus names them.
        """
        data_type = self._pymilvus.DataType
        schema = self._client.create_schema(auto_id=False, enable_dynamic_field=False)
        for number, (name, length) in enumerate(strings):
            schema.add_field(name, data_type.VARCHAR, max_length=length, is_primary=number == 0)
        schema.add_field("vector", data_type.FLOAT_VECTOR, dim=dimension)
        indexes = self._client.prepare_index_params()
        indexes.add_index("vector", index_type=index, metric_type="L2", params=parameters)
        self.create_collection(collection, schema=schema, index_params=indexes, consistency_level="Strong")

    def iterate(self, collection, condition, fields):
        """Yields all rows that meet a condition, "" for all, as dicts, in any order."""
        iterator = self.query_iterator(collection, batch_size=ROWS, filter=condition, output_fields=fields)
        try:
            while rows := self._told(iterator.next):
                yield from rows
        finally:
            iterator.close()

    def _told(self, method, *arguments, **named):
        try:
            return method(*arguments, **named)
        except self._pymilvus.exceptions.MilvusException as error:
            raise UserError(f"Milvus at {self._uri}: {error.message} (code {error.code})") from error
        except self._rpc_error as error:  # what pymilvus does not make one of its own of
            raise UserError(f"Milvus at {self._uri}: {error.details()} ({error.code().name})") from error
