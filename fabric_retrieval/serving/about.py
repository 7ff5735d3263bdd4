"""A signature by which a served model says what it is: TF Serving passes on no file that lies beside it."""

import json

import tensorflow as tf
from tensorflow.core.protobuf import meta_graph_pb2, saved_model_pb2

from fabric_retrieval.serving import ABOUT, SIGNATURE


def add_about(path, fingerprint, metadata):
    """Adds the signature `about` to a saved_model.pb; the rest of the file stays as it is.

    about(image_bytes: [B] string) → {"about": [B] string}: B times the JSON of {"fingerprint", "metadata"},
    whatever is asked. It has a batch because the server's batching demands one of every signature.

    Args:
        path: `Path` of the file.
        fingerprint: of the export, hexadecimal. metadata: its metadata.json.
    """
    saved_model = saved_model_pb2.SavedModel.FromString(path.read_bytes())
    (meta_graph,) = saved_model.meta_graphs
    with tf.Graph().as_default() as graph:
        asked = tf.compat.v1.placeholder(tf.string, [None], name=f"{ABOUT}/image_bytes")
        text = json.dumps({"fingerprint": fingerprint, "metadata": metadata})
        answer = tf.fill(tf.shape(asked), text, name=f"{ABOUT}/answer")
        signature = meta_graph_pb2.SignatureDef(
            inputs={"image_bytes": _info(asked)},
            outputs={ABOUT: _info(answer)},
            method_name=meta_graph.signature_def[SIGNATURE].method_name,
        )
    meta_graph.graph_def.node.extend(graph.as_graph_def().node)
    meta_graph.signature_def[ABOUT].CopyFrom(signature)
    path.write_bytes(saved_model.SerializeToString())


def _info(tensor):
    return meta_graph_pb2.TensorInfo(
        name=tensor.name, dtype=tensor.dtype.as_datatype_enum, tensor_shape=tensor.shape.as_proto()
    )
