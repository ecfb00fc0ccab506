import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler


def fit():
    import networkx as nx

    rows = np.array(list(nx.grid_graph((4, 4)).nodes), dtype=float)
    return make_pipeline(StandardScaler(), LogisticRegression()).fit(rows, rows[:, 0] > rows[:, 1])
