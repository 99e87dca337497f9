"""Sportsbook titles → The Odds API keys: the one alias table of books."""

import re

import polars as pl

DFS_BOOKS = frozenset({"prizepicks", "underdog"})

_TITLES = {
    "Barstool Sportsbook": "barstool",
    "BetOnline.ag": "betonlineag",
    "BetMGM": "betmgm",
    "BetRivers": "betrivers",
    "Bovada": "bovada",
    "Caesars": "williamhill_us",
    "DraftKings": "draftkings",
    "FanDuel": "fanduel",
    "Fanatics": "fanatics",
    "MyBookie.ag": "mybookieag",
    "PointsBet (US)": "pointsbetus",
    "PrizePicks": "prizepicks",
    "Underdog": "underdog",
    "Unibet": "unibet_us",
}


def book_key(title: str) -> str:
    """Return the key of a book; a title nobody listed becomes lower snake case, a key stays as it is."""
    return _TITLES.get(title) or re.sub(r"[^a-z0-9]+", "_", title.casefold()).strip("_")


def book_title(key: str) -> str:
    """Return a book as people call it; the words of its key where nobody listed a title."""
    return next((title for title, known in _TITLES.items() if known == key), key.replace("_", " ").title())


def book_keys(titles: pl.Series) -> pl.Series:
    """Return the key of every title (null stays null)."""
    distinct = titles.unique().drop_nulls().to_list()
    return titles.replace_strict(distinct, [book_key(title) for title in distinct], return_dtype=pl.String())
