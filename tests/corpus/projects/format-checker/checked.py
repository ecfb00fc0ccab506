from jsonschema import Draft202012Validator, FormatChecker

validator = Draft202012Validator({"type": "string", "format": "date-time"}, format_checker=FormatChecker())


def predict(values):
    return [validator.is_valid(str(value)) for value in values]
