"""The HTTP side of an endpoint, an ASGI application in front of a pool of workers.

Routes as in MLflow's scoring server: GET /ping, /health and /version, POST /invocations. Every error is
``{"error_code", "message"}``.
"""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from mpk_build import __version__
from mpk_build.endpoint.pool import BusyError, Pool
from mpk_build.endpoint.workers import WorkerLostError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mpk_build.endpoint.options import ServeOptions

_JSON = "application/json"
_CODES = {404: "ENDPOINT_NOT_FOUND", 405: "METHOD_NOT_ALLOWED"}
_LOADING = "The model is loading."


class RefusedError(Exception):
    """A request that no worker is going to answer."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message


def error_body(code: str, message: str) -> bytes:
    """The body of every response that is not a success."""
    return json.dumps({"error_code": code, "message": message}, ensure_ascii=False).encode()


class Front:
    """The routes of an endpoint."""

    def __init__(self, options: ServeOptions, pool: Pool) -> None:
        self._options = options
        self._pool = pool
        self._present = 0

    def application(self) -> Starlette:
        """The ASGI application."""
        return Starlette(
            routes=[
                Route("/ping", self.ping, methods=["GET"]),
                Route("/health", self.ping, methods=["GET"]),
                Route("/version", self.version, methods=["GET"]),
                Route("/invocations", self.invocations, methods=["POST"]),
            ],
            exception_handlers={RefusedError: _refused, HTTPException: _no_route, Exception: _bug},
        )

    async def ping(self, _request: Request) -> Response:
        """200 and an empty line when a request would be answered, 503 else."""
        if not self._pool.is_ready:
            raise RefusedError(503, "TEMPORARILY_UNAVAILABLE", _LOADING)
        return PlainTextResponse("\n", media_type=_JSON)

    async def version(self, _request: Request) -> Response:
        """The version of mpk, where MLflow's server gives its own."""
        return PlainTextResponse(__version__)

    async def invocations(self, request: Request) -> Response:
        """Let a worker answer."""
        if not self._pool.was_ready:
            raise RefusedError(503, "TEMPORARILY_UNAVAILABLE", _LOADING)
        if self._present >= self._options.max_requests:
            message = f"{self._present} requests wait or are being answered already; try again later."
            raise RefusedError(503, "TEMPORARILY_UNAVAILABLE", message)
        self._present += 1
        try:
            content_type = request.headers.get("content-type")
            if not content_type:
                raise RefusedError(
                    415, "BAD_REQUEST", f"The request has no Content-Type header; send {_JSON} or text/csv."
                )
            body = await self._body(request)
            status, answer = await self._answer(content_type, body)
        finally:
            self._present -= 1
        return Response(answer, status, media_type=_JSON)

    async def _body(self, request: Request) -> bytes:
        limit = self._options.max_body_bytes
        too_large = RefusedError(413, "PAYLOAD_TOO_LARGE", f"The body is larger than {limit} bytes.")
        if int(request.headers.get("content-length", 0)) > limit:
            raise too_large
        try:
            body = await asyncio.wait_for(_read(request, limit), self._options.timeout_s)
        except asyncio.TimeoutError:
            message = f"The body did not arrive within {self._options.timeout_s:g} s."
            raise RefusedError(408, "REQUEST_TIMEOUT", message) from None
        except ClientDisconnect:
            raise RefusedError(400, "BAD_REQUEST", "The body ended too early.") from None
        if body is None:
            raise too_large
        return body

    async def _answer(self, content_type: str, body: bytes) -> tuple[int, bytes]:
        limit = f"{self._options.timeout_s:g} s"
        try:
            worker = await self._pool.acquire()
        except BusyError:
            message = f"No worker became free within {limit}; try again later."
            raise RefusedError(503, "TEMPORARILY_UNAVAILABLE", message) from None
        try:
            return await worker.answer(content_type, body)
        except asyncio.TimeoutError:
            message = f"The model did not answer within {limit}; its worker is being replaced."
            raise RefusedError(504, "DEADLINE_EXCEEDED", message) from None
        except WorkerLostError as error:
            message = f"The model's process {error} while it answered; it is being replaced."
            raise RefusedError(500, "INTERNAL_ERROR", message) from None
        finally:
            self._pool.release(worker)


async def _read(request: Request, limit: int) -> bytes | None:
    """The body, None when it is larger than ``limit`` bytes."""
    chunks, length = [], 0
    async for chunk in request.stream():
        length += len(chunk)
        if length > limit:
            return None
        chunks.append(chunk)
    return b"".join(chunks)


async def _refused(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RefusedError)  # noqa: S101 - it is registered for this class
    headers = {"Retry-After": "1"} if error.status == 503 else None  # noqa: PLR2004 - the status has a name there
    return _error(error.status, error.code, error.message, headers)


async def _no_route(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - it is registered for this class
    what = f"{request.method} {request.url.path}"
    message = f"There is no {what}; there are GET /ping, /health and /version, and POST /invocations."
    return _error(error.status_code, _CODES.get(error.status_code, "BAD_REQUEST"), message, error.headers)


async def _bug(*_: object) -> Response:
    return _error(500, "INTERNAL_ERROR", "The endpoint itself failed; its log says more.", None)


def _error(status: int, code: str, message: str, headers: Mapping[str, str] | None) -> Response:
    return Response(error_body(code, message), status, headers, media_type=_JSON)
