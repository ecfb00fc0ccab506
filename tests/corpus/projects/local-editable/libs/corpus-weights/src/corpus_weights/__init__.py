from toolz import compose

doubled_and_one = compose(lambda value: value + 1, lambda value: value * 2)
