from jaraco.functools import compose

double_then_add = compose(lambda value: value + 1, lambda value: value * 2)


def predict(values):
    return [double_then_add(int(value)) for value in values]
