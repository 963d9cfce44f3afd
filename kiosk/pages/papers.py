"""A PDF as the answer to a request. Knows no paper and not who asks.

Neighbours: `kiosk.printing.press` makes the PDF.
"""

from flask import Response

#: Seconds for which a browser may keep a paper that says the same to everybody.
SECONDS_KEPT = 3600


def paper(pdf: bytes, name: str, is_public: bool = False) -> Response:
    """Return `pdf` to be shown and printed by the browser; `name` is what a saved file is called.

    A personal paper is kept by nobody: whoever calls for one sees to it that it is `no-store`,
    as every page of both roles does without being asked. The paper is shown and not saved, since
    a file saved on a shared machine stays there.
    """
    answer = Response(pdf, mimetype="application/pdf")
    answer.headers["Content-Disposition"] = f'inline; filename="{name}.pdf"'
    if is_public:
        answer.cache_control.public = True
        answer.cache_control.max_age = SECONDS_KEPT
    else:
        answer.cache_control.no_store = True
    return answer
