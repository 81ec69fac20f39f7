"""Refusals as application/problem+json (RFC 9457): what is wrong, in which field, and what would be right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from domain.errors import DatabaseUnavailableError, SchemaOutdatedError

PROBLEM_TYPE = "application/problem+json"
#: What is repeated to the asker of what was asked.
_MOST_SHOWN = 200


class ProblemDocument(BaseModel):
    """The body of every refusal."""

    type: str = Field("about:blank", description="about:blank: the status says it all")
    title: str
    status: int
    detail: str
    field: str | None = Field(None, description="The parameter that is wrong")
    allowed: list[str] | None = Field(None, description="What would be right")


class ProblemError(Exception):
    """A request is refused. `field`: the parameter that is wrong; `allowed`: what would be right."""

    def __init__(
        self,
        status: HTTPStatus,
        detail: str,
        *,
        field: str | None = None,
        allowed: Sequence[str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status, self.detail, self.headers = status, detail[:1000], dict(headers or {})
        self.field, self.allowed = field, allowed

    def response(self) -> Response:
        """The answer."""
        body: dict[str, Any] = {
            "type": "about:blank",
            "title": self.status.phrase,
            "status": self.status.value,
            "detail": self.detail,
        }
        if self.field is not None:
            body["field"] = self.field
        if self.allowed is not None:
            body["allowed"] = list(self.allowed)
        headers = {"Cache-Control": "no-store"} | self.headers
        return JSONResponse(body, status_code=self.status.value, headers=headers, media_type=PROBLEM_TYPE)


def bad(field: str, detail: str, allowed: Sequence[str] | None = None) -> ProblemError:
    """400 because of one parameter."""
    return ProblemError(HTTPStatus.BAD_REQUEST, detail, field=field, allowed=allowed)


def shown(value: object) -> str:
    """What was given, for a message."""
    text = str(value)
    printable = "".join(letter if letter.isprintable() else "?" for letter in text)
    return repr(printable if len(printable) <= _MOST_SHOWN else printable[: _MOST_SHOWN - 1] + "…")


def not_there(what: str, name: str) -> ProblemError:
    """404; what is not shared with the asker is not there either."""
    return ProblemError(HTTPStatus.NOT_FOUND, f"there is no {what} {shown(name)}, or it is not shared with you")


def away(error: DatabaseUnavailableError | SchemaOutdatedError) -> ProblemError:
    """503 while the database is away; 422 for what takes it too long."""
    if error.why == "too_long":
        detail = "the question takes too long; ask for a shorter time, or for one station or Datastream"
        return ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, detail)
    return ProblemError(
        HTTPStatus.SERVICE_UNAVAILABLE, "the database is away; try again in a moment", headers={"Retry-After": "5"}
    )


def answer_by_problems(api: FastAPI) -> None:
    """Make every refusal of `api` a problem document; no answer ever holds a stack trace."""

    async def problem(_request: Request, error: Exception) -> Response:
        return _problem_of(error).response()

    for kind in (ProblemError, RequestValidationError, HTTPException, DatabaseUnavailableError, SchemaOutdatedError):
        api.add_exception_handler(kind, problem)
    api.add_exception_handler(Exception, problem)


def _problem_of(error: Exception) -> ProblemError:
    if isinstance(error, ProblemError):
        return error
    if isinstance(error, RequestValidationError):
        return _of_validation(error)
    if isinstance(error, HTTPException):
        return ProblemError(HTTPStatus(error.status_code), str(error.detail), headers=error.headers)
    if isinstance(error, (DatabaseUnavailableError, SchemaOutdatedError)):
        return away(error)
    return ProblemError(HTTPStatus.INTERNAL_SERVER_ERROR, "this should not have happened; it is in the server's log")


def _of_validation(error: RequestValidationError) -> ProblemError:
    fault = error.errors()[0]
    location = [str(part) for part in fault["loc"] if part not in ("query", "path", "header")]
    field = ".".join(location) or "query"
    context = fault.get("ctx", {})
    message = str(fault["msg"]).removeprefix("Value error, ")
    allowed = context.get("expected") or context.get("pattern")
    given = "" if fault["type"] == "missing" else f": {shown(fault.get('input'))}"
    return bad(field, f"{message}{given}", None if allowed is None else [str(allowed)])
