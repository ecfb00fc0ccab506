import io
import logging.config

stream = io.StringIO()
logging.config.dictConfig(
    {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": {"()": "pythonjsonlogger.json.JsonFormatter"}},
        "handlers": {"text": {"class": "logging.StreamHandler", "stream": stream, "formatter": "json"}},
        "loggers": {"corpus": {"handlers": ["text"], "level": "INFO"}},
    }
)


def predict(values):
    for value in values:
        logging.getLogger("corpus").info("%d", int(value))
    return stream.getvalue().split("\n")[: len(values)]
