import idna


class Model:
    def __init__(self, longest):
        self.longest = longest

    def predict(self, values):
        return [idna.encode(str(value)).decode()[: self.longest] for value in values]


def fit():
    import networkx as nx

    return Model(nx.path_graph(9).number_of_edges())
