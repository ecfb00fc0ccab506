import pyarrow


def predict(values):
    table = pyarrow.table({"value": [float(value) for value in values]})
    return table.to_pandas().cumsum()["value"].tolist()
