"""What a page of codes takes in: pictures of a camera or phone, or texts of a browser's reader.

Neighbours: `runs` collects, `kiosk.materials.scan` reads; the pages of both roles call.
"""

from typing import Any

from flask import request
from werkzeug.datastructures import FileStorage

from forms.definition import Text
from kiosk.api.language import reading_language
from kiosk.app_services import services
from kiosk.carriers.runs import Progress, Runs
from kiosk.materials import scan

#: Pictures and texts in one request.
MOST_PICTURES, MOST_TEXTS = 12, 200


def collected() -> tuple[Runs, Progress | None]:
    """Keep the codes that this request brings, and tell how far their run is.

    None when it shows none. Raises what reading a picture raises.
    """
    pictures: list[FileStorage] = request.files.getlist("image")[:MOST_PICTURES]
    texts = request.form.getlist("text")[:MOST_TEXTS]
    for picture in pictures:
        if data := picture.read():
            texts += scan.read_codes(data)
    runs = Runs(services().config.data_dir / "carriers" / "runs")
    return runs, runs.add(texts)


def is_script() -> bool:
    """Tell whether the page's script asks, which goes on by itself."""
    return request.accept_mimetypes.best == "application/json"


def told(progress: Progress | None, location: str | None, wrong: Text | None) -> dict[str, Any]:
    """Return what the script is told: how far it is, what is wrong, where to go once whole."""
    return {
        "have": progress.have if progress else 0,
        "total": progress.total if progress else 0,
        "missing": list(progress.missing) if progress else [],
        "location": location,
        "wrong": wrong and wrong.to(reading_language()),
    }
