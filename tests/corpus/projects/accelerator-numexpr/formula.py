import pandas as pd


def predict(values):
    frame = pd.DataFrame({"a": [float(value) for value in values]})
    return frame.eval("2 * a + 1", engine="numexpr").tolist()
