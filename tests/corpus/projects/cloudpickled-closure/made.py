def fit():
    import idna
    import networkx as nx

    longest = nx.path_graph(20).number_of_edges()

    class Model:
        def predict(self, values):
            return [idna.encode(str(value)).decode()[:longest] for value in values]

    return Model()
