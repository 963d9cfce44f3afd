"""The page of the catalogue's figures is that of the catalogue that ships."""

from docs import make_catalogue


def test_the_catalogue_page_is_up_to_date() -> None:
    assert make_catalogue.TARGET.read_text(encoding="utf-8") == make_catalogue.page(), (
        "run .venv/bin/python docs/make_catalogue.py"
    )
