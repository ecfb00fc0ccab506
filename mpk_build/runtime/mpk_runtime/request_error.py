"""What a client sent, and why it can't be answered."""


class RequestError(Exception):
    """A request that is not what the scoring protocol or the model's signature asks for.

    Attributes:
        status: The HTTP status, 400 or 415.
        code: MLflow's error code, ``BAD_REQUEST`` or ``INVALID_PARAMETER_VALUE``.
        message: What was found and what was expected, without the data itself.
    """

    def __init__(self, message: str, code: str = "BAD_REQUEST", status: int = 400) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.status = status


def schema_error(message: str) -> RequestError:
    """The request is well formed, but its values are not what the signature declares."""
    return RequestError(message, "INVALID_PARAMETER_VALUE")
