"""Errors as HTTP: problem details (RFC 9457) for programs, a page for people.

The only place where a domain error, a framework's error or a fault becomes an
answer. A fault says nothing of its cause to the outside; the log has it.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import structlog
from flask import Flask, Response, jsonify, render_template, request
from flask_smorest import Api
from sqlalchemy.exc import DataError, OperationalError
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as BaseResponse

from forms.definition import Text
from kiosk.api.language import reading_language
from kiosk.errors import DomainError, FieldProblem, status_of

log = structlog.get_logger(__name__)

TITLES: dict[int, Text] = {
    400: Text("请求的格式不对。", "The request is malformed."),
    401: Text("请先登录。", "Please sign in first."),
    403: Text("没有这项权限。", "You may not do this."),
    404: Text("没有找到。", "Not found."),
    405: Text("这个地址不能这样用。", "This address cannot be used like that."),
    409: Text("与现在的状态不符。", "It does not fit the present state."),
    413: Text("内容太大。", "That is too large."),
    415: Text("不收这种格式。", "This format is not taken."),
    416: Text("内容没有这么长。", "It is not as long as that."),
    422: Text("有些内容需要修改。", "Some entries need changing."),
    429: Text("请求太频繁，请稍后再试。", "Too many requests; please try again later."),
    500: Text("系统出错，已记录。", "Something went wrong; it has been recorded."),
    503: Text("暂时不能办理，请稍后再试。", "Not possible at this moment; please try again."),
}
_WORDS = {
    "Missing data for required field.": Text("必须填写。", "This is required."),
    "Unknown field.": Text("没有这一项。", "There is no such field."),
    "Field may not be null.": Text("不能为空。", "This may not be null."),
}


class ProblemApi(Api):  # type: ignore[misc]
    """Flask-smorest's API object, which would otherwise draw errors in a form of its own."""

    def handle_http_exception(self, error: HTTPException) -> Any:
        """Draw the error as everything else is drawn here."""
        return draw_http(error)


def init_problems(app: Flask) -> None:
    """Draw every error of ``app`` in one way."""
    app.register_error_handler(DomainError, draw_domain)
    app.register_error_handler(HTTPException, draw_http)
    app.register_error_handler(OperationalError, _draw_database)
    app.register_error_handler(DataError, _draw_unstorable)
    app.register_error_handler(Exception, _draw_fault)


def draw_domain(error: DomainError) -> BaseResponse:
    """Answer a refusal of the domain."""
    return draw(status_of(error), error.code, error.message, error.fields, error.members)


def draw_http(error: HTTPException) -> BaseResponse:
    """Answer an error of the framework; a schema's errors become fields."""
    if error.response is not None:
        return BaseResponse.force_type(error.response)  # type: ignore[arg-type]
    status = error.code or 500
    messages = getattr(error, "data", {}).get("messages", {})
    fields = tuple(
        problem for part in messages.values() for problem in _fields(part) if isinstance(part, dict)
    )
    code = "request_invalid" if fields else error.name.lower().replace(" ", "_")
    answer = draw(status, code, TITLES.get(status, TITLES[500]), fields)
    for name, value in error.get_headers():
        if name.lower() in {"allow", "content-range", "retry-after"}:
            answer.headers[name] = value
    return answer


def draw(
    status: int,
    code: str,
    message: Text,
    fields: tuple[FieldProblem, ...] = (),
    members: Mapping[str, Any] = MappingProxyType({}),
) -> BaseResponse:
    """Return the answer to an error: problem details below /api and /sync, a page elsewhere."""
    language = reading_language()
    if not request.path.startswith(("/api/", "/sync/")):
        page = render_template("shared/error.html", status=status, message=message)
        return Response(page, status)
    problem: dict[str, Any] = {
        "type": f"urn:jishiban:problem:{code}",
        "title": message.to(language),
        "status": status,
        "code": code,
        **members,
    }
    if fields:
        problem["fields"] = [
            {"field": f.path, "code": f.code, "message": f.message.to(language)} for f in fields
        ]
    answer = jsonify(problem)
    answer.status_code = status
    answer.mimetype = "application/problem+json"
    answer.content_language = language
    answer.vary.add("Accept-Language")
    return answer


def _fields(messages: Any, path: str = "") -> list[FieldProblem]:
    """Flatten marshmallow's nested messages into dotted paths."""
    if isinstance(messages, dict):
        return [
            problem
            for key, value in messages.items()
            for problem in _fields(value, f"{path}.{key}" if path else str(key))
        ]
    return [
        FieldProblem(path, "invalid", _WORDS.get(str(text), Text(f"格式不对：{text}", str(text))))
        for text in (messages if isinstance(messages, list) else [messages])
    ]


def _draw_database(error: OperationalError) -> BaseResponse:
    """The disk is full or the lock was not to be had: nothing was stored, and that is said."""
    log.error("database_unavailable", error=str(error.orig))
    message = Text(
        "现在存不下来，什么都没有提交。请稍后再试，或找工作人员。",
        "It cannot be stored now, and nothing was handed in. Please try again or ask the staff.",
    )
    return draw(503, "database_unavailable", message)


def _draw_unstorable(error: DataError) -> BaseResponse:
    """A value that no column can hold, such as a text with a NUL on PostgreSQL."""
    log.warning("value_refused_by_database", error=type(error.orig).__name__)
    return draw(422, "request_invalid", TITLES[422])


def _draw_fault(error: Exception) -> BaseResponse:
    log.exception("fault", path=request.path)
    return draw(500, "fault", TITLES[500])
