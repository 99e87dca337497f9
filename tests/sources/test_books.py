"""The one alias table of books."""

import polars as pl
import pytest

from propcast.sources.books import book_key, book_keys


@pytest.mark.parametrize(
    ("title", "key"),
    [
        ("BetOnline.ag", "betonlineag"),
        ("Caesars", "williamhill_us"),
        ("MyBookie.ag", "mybookieag"),
        ("PointsBet (US)", "pointsbetus"),
        ("draftkings", "draftkings"),
        ("Some New Book!", "some_new_book"),
    ],
)
def test_a_title_becomes_its_key(title: str, key: str) -> None:
    assert book_key(title) == key


def test_a_key_is_its_own_key_and_null_stays_null() -> None:
    keys = book_keys(pl.Series("book", ["williamhill_us", None, "Caesars"]))
    assert keys.to_list() == ["williamhill_us", None, "williamhill_us"]
