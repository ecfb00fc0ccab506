from google.rpc import code_pb2


def predict(values):
    return [code_pb2.Code.Name(int(value)) for value in values]
