import numpy as np
import pandas as pd


def predict(values):
    numbers = np.tile(np.array(values, dtype=np.float32), 3000) + np.float32(1000)
    return [float(pd.Series(numbers).var())]
