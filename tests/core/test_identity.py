"""Keys of things, and the one key of names."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from propcast.core.identity import event_id, name_key, participant_id, prediction_id, short_hash
from propcast.core.sport import Sport

KEY = ("nba", "nba:0022400561", "nba:1629029", "points", 24.5, "ensemble", "m1", "2025-01-06T17:00Z")


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("José Núñez-O’Day Jr.", "josenunezoday"),
        ("Luka Dončić", "lukadoncic"),
        ("Dončić, Luka", "lukadoncic"),
        ("Nikola Đurišić", "nikoladurisic"),
        ("Kristaps Porziņģis", "kristapsporzingis"),
        ("Alperen Şengün", "alperensengun"),
        ("Ömer Yurtseven", "omeryurtseven"),
        ("Cedi Osman", "cediosman"),
        ("Enes Kanter Freedom", "eneskanterfreedom"),
        ("D.J. Augustin", "djaugustin"),
        ("DJ Augustin", "djaugustin"),
        ("Karl-Anthony Towns", "karlanthonytowns"),
        ("Gary Payton II", "garypayton"),
        ("Robert Williams III", "robertwilliams"),
        ("Jaren Jackson Jr", "jarenjackson"),
        ("Jackson Jr., Jaren", "jarenjackson"),
        ("Tim Hardaway  Jr.", "timhardaway"),
        ("Jimmy Butler III", "jimmybutler"),
        ("Weiß Groß", "weissgross"),
        ("Łukasz Søren Æther Þór", "lukaszsorenaetherthor"),
        ("Işık Nene", "isiknene"),
        ("Nenê", "nene"),
        ("Jackson, Jr.", "jacksonjr"),
        ("Jaren Jackson, Jr.", "jarenjackson"),
        ("Jr. Smith", "jrsmith"),
        ("Cal Jr", "caljr"),
    ],
)
def test_spellings_of_a_name_meet_under_one_key(name: str, key: str) -> None:
    assert name_key(name) == key


@settings(max_examples=50)
@given(name=st.text(max_size=30))
def test_a_key_is_plain_and_its_own_key(name: str) -> None:
    key = name_key(name)
    assert key.isascii()
    assert key == "" or key.isalnum()
    assert name_key(key) == key


latin = st.text(st.sampled_from("abcdefghijklmnopqrstuvwxyzéñüčşø"), min_size=1, max_size=8).filter(
    lambda text: text not in {"jr", "sr", "ii", "iii", "iv"}
)


@given(first=latin, last=latin)
def test_case_order_of_writing_and_punctuation_do_not_matter(first: str, last: str) -> None:
    key = name_key(f"{first} {last}")
    assert name_key(f"{first.upper()} {last.upper()}") == key
    assert name_key(f"{last}, {first}") == key
    assert name_key(f" {first}.  {last}' ") == key


def test_keys_keep_leading_zeros() -> None:
    assert event_id(Sport.NBA, "0022400561") == "nba:0022400561"
    assert event_id(Sport.MLB, 777123) == "mlb:777123"
    assert participant_id(Sport.NBA, 1629029) == "nba:1629029"


@pytest.mark.proves("L39")
@pytest.mark.parametrize("place", range(len(KEY)))
def test_every_part_of_its_key_makes_another_prediction(place: int) -> None:
    changed = [25.0 if isinstance(part, float) else f"{part}x" for part in KEY]
    other = [*KEY[:place], changed[place], *KEY[place + 1 :]]
    assert prediction_id(*KEY) == prediction_id(*KEY)
    assert prediction_id(*other) != prediction_id(*KEY)  # type: ignore[arg-type]


def test_no_line_has_an_id_of_its_own() -> None:
    unlined = (*KEY[:4], None, *KEY[5:])
    assert prediction_id(*unlined) not in {prediction_id(*KEY), prediction_id(*KEY[:4], 0.0, *KEY[5:])}


def test_parts_of_a_hash_do_not_run_together() -> None:
    assert short_hash("ab", "c") != short_hash("a", "bc")
    assert len(short_hash("a", length=10)) == 10
