import six
from dateutil import parser


def predict(values):
    return [six.text_type(parser.parse(str(value)).date()) for value in values]
