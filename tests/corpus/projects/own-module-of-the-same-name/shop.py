import tabulate


def predict(values):
    return [tabulate.table(int(value)) for value in values]
