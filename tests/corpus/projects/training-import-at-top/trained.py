import networkx as nx


class Model:
    def __init__(self, largest):
        self.largest = largest

    def predict(self, values):
        return [min(int(value), self.largest) for value in values]


def fit():
    return Model(nx.path_graph(9).number_of_edges())
