from bs4 import BeautifulSoup


def predict(values):
    return [str(BeautifulSoup(str(value), "lxml")) for value in values]
