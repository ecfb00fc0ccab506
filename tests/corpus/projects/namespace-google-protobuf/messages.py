from google.protobuf.wrappers_pb2 import Int64Value


def predict(values):
    return [Int64Value(value=int(value)).SerializeToString().hex() for value in values]
