def predict(values):
    from . import prices

    return [prices.rounded(float(value)) for value in values]
