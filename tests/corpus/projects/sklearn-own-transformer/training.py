import features
import networkx as nx
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer


def fit():
    rows = [[float(one), float(other)] for one, other in nx.grid_graph((3, 3)).nodes]
    return make_pipeline(FunctionTransformer(features.running), LinearRegression()).fit(rows, [sum(row) for row in rows])
