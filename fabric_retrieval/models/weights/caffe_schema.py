"""The part of Caffe's protobuf schema that holds a network's weights.

Names and numbers of fields as in Caffe's `caffe.proto`; fields left out here are skipped when a file is
parsed. In a pool of its own, so that it does not clash with a Caffe that is installed.
"""

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

FieldType = descriptor_pb2.FieldDescriptorProto

# message: (field, number, type, is it repeated?)
MESSAGES = {
    "BlobShape": [("dim", 1, "int64", True)],
    "BlobProto": [
        ("num", 1, "int32", False),
        ("channels", 2, "int32", False),
        ("height", 3, "int32", False),
        ("width", 4, "int32", False),
        # Packed floats are, on the wire, one string of bytes: as such they reach NumPy without 61 million
        # Python numbers in between.
        ("data", 5, "bytes", True),
        ("shape", 7, "BlobShape", False),
        ("double_data", 8, "bytes", True),
    ],
    "LayerParameter": [
        ("name", 1, "string", False),
        ("type", 2, "string", False),
        ("blobs", 7, "BlobProto", True),
    ],
    "V1LayerParameter": [
        ("name", 4, "string", False),
        ("type", 5, "int32", False),  # an enum
        ("blobs", 6, "BlobProto", True),
    ],
    "NetParameter": [
        ("name", 1, "string", False),
        ("layers", 2, "V1LayerParameter", True),
        ("layer", 100, "LayerParameter", True),
    ],
}
V1_TYPES = {4: "Convolution", 14: "InnerProduct", 15: "LRN", 17: "Pooling"}


def _net_parameter():
    file = descriptor_pb2.FileDescriptorProto(name="caffe_weights.proto", package="caffe", syntax="proto2")
    for message_name, fields in MESSAGES.items():
        message = file.message_type.add(name=message_name)
        for name, number, kind, repeated in fields:
            field = message.field.add(name=name, number=number)
            field.label = FieldType.LABEL_REPEATED if repeated else FieldType.LABEL_OPTIONAL
            if kind in MESSAGES:
                field.type, field.type_name = FieldType.TYPE_MESSAGE, f".caffe.{kind}"
            else:
                field.type = getattr(FieldType, f"TYPE_{kind.upper()}")
    pool = descriptor_pool.DescriptorPool()
    pool.AddSerializedFile(file.SerializeToString())
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("caffe.NetParameter"))


NetParameter = _net_parameter()
