from toolz import accumulate


def predict(values, verbose=False):
    if verbose:
        import networkx as nx

        print(nx.path_graph(len(values)))
    return list(accumulate(max, [int(value) for value in values]))
