from shop.order import ordered


def predict(values):
    return ordered(int(value) for value in values)
