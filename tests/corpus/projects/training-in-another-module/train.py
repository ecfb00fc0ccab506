import networkx as nx
from model import Model


def fit():
    return Model(nx.path_graph(9).number_of_edges())
