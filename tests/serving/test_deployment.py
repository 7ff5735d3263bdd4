"""deploy/: what of it can be tried without Docker and TF Serving's binary."""

import subprocess
from pathlib import Path

import pytest
import yaml
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory, text_format, wrappers_pb2
from serving.model_server import Servables
from serving.rest_form import rest_serving

from fabric_retrieval.search import remote
from fabric_retrieval.serving import LARGEST_BATCH

DEPLOY = Path(__file__).parents[2] / "deploy"
# Fields of TF Serving's BatchingParameters (session_bundle_config.proto): name, number, type.
FIELDS = [
    ("max_batch_size", 1, "Int64Value"),
    ("batch_timeout_micros", 2, "Int64Value"),
    ("max_enqueued_batches", 3, "Int64Value"),
    ("num_batch_threads", 4, "Int64Value"),
    ("thread_pool_name", 5, "StringValue"),
    ("allowed_batch_sizes", 6, None),
    ("pad_variable_length_inputs", 7, None),
]


@pytest.fixture(scope="module")
def services():
    return yaml.safe_load((DEPLOY / "docker-compose.yml").read_text())["services"]


def batching_parameters():
    file = descriptor_pb2.FileDescriptorProto(name="batching.proto", package="test", syntax="proto3")
    file.dependency.append(wrappers_pb2.DESCRIPTOR.name)
    message = file.message_type.add(name="BatchingParameters")
    kinds = descriptor_pb2.FieldDescriptorProto
    for name, number, wrapper in FIELDS:
        field = message.field.add(name=name, number=number, label=kinds.LABEL_OPTIONAL)
        if wrapper:
            field.type, field.type_name = kinds.TYPE_MESSAGE, f".google.protobuf.{wrapper}"
        elif name == "allowed_batch_sizes":
            field.type, field.label = kinds.TYPE_INT64, kinds.LABEL_REPEATED
        else:
            field.type = kinds.TYPE_BOOL
    pool = descriptor_pool.DescriptorPool()
    pool.AddSerializedFile(wrappers_pb2.DESCRIPTOR.serialized_pb)
    pool.AddSerializedFile(file.SerializeToString())
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("test.BatchingParameters"))


def test_the_batching_parameters_are_such_as_tf_serving_reads():
    parameters = text_format.Parse((DEPLOY / "batching.txt").read_text(), batching_parameters()())
    assert parameters.max_batch_size.value == LARGEST_BATCH  # a larger request, or warm-up, would be refused
    assert parameters.max_enqueued_batches.value > 0
    assert parameters.num_batch_threads.value > 0
    sizes = list(parameters.allowed_batch_sizes)
    assert sizes == sorted(sizes)
    assert not sizes or sizes[-1] == LARGEST_BATCH  # TF Serving's own demands


def test_the_page_asks_the_model_that_is_served(services):
    (url,) = (each.partition("=")[2] for each in services["page"]["command"] if each.startswith("--model="))
    model = services["model"]["environment"]["MODEL_NAME"]
    assert remote._parse(url) == ("model:8500", model, None)
    assert services["page"]["depends_on"]["model"]["condition"] == "service_healthy"


def test_nothing_is_offered_to_other_machines(services):
    for service in services.values():
        assert all(port.startswith("127.0.0.1:") for port in service["ports"])


def test_files_that_it_names_are_there(services):
    mounted = [volume.partition(":")[0] for volume in services["model"]["volumes"]]
    assert "./batching.txt" in mounted
    build = services["page"]["build"]
    assert (DEPLOY / build["context"] / build["dockerfile"]).is_file()


def test_the_health_check_knows_a_served_model(services, servables, tmp_path):
    how, *command = services["model"]["healthcheck"]["test"]
    assert how == "CMD"

    def healthy(servables):
        with rest_serving(servables) as port:
            here = [part.replace("127.0.0.1/8501", f"127.0.0.1/{port}") for part in command]
            assert here != command
            return subprocess.run(here, timeout=10, capture_output=True).returncode == 0

    assert healthy(servables)
    assert not healthy(Servables(tmp_path))
    assert subprocess.run(
        [part.replace("127.0.0.1/8501", "127.0.0.1/1") for part in command], capture_output=True
    ).returncode
