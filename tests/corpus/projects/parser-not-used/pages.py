from bs4 import BeautifulSoup


def predict(values):
    return [str(BeautifulSoup(str(value), "html.parser")) for value in values]
