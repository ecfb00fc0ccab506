import numpy as np
import pandas as pd


def predict(values):
    return np.cumsum(pd.Series([float(value) for value in values]).to_numpy()).tolist()
