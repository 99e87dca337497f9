"""A secret's value leaves it through `reveal` and no other way."""

import copy
import json
import logging
import pickle
from dataclasses import dataclass

import pytest

from propcast.backends.secrets.port import Secret

VALUE = "correct horse battery staple"


@dataclass(frozen=True)
class Holder:
    key: Secret


@pytest.mark.proves("S5")
@pytest.mark.parametrize(
    "shown",
    [
        lambda s: repr(s),
        lambda s: str(s),
        lambda s: f"{s}",
        lambda s: f"{s!r:>40}",
        lambda s: f"{s:>40}",
        lambda s: "%s %r" % (s, s),  # noqa: UP031
        lambda s: repr(Holder(s)),
        lambda s: repr([s, {"key": s}]),
        lambda s: repr(getattr(s, "__dict__", {})),
        lambda s: str(dir(s)),
    ],
)
def test_no_way_of_printing_shows_the_value(shown: object) -> None:
    assert callable(shown)
    assert VALUE not in shown(Secret(VALUE))


@pytest.mark.proves("S5")
def test_a_log_line_shows_nothing(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        logging.getLogger("any").info("key %s %r", Secret(VALUE), Secret(VALUE))
    assert VALUE not in caplog.text
    assert "redacted" in caplog.text


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_it_can_not_be_pickled(protocol: int) -> None:
    with pytest.raises(TypeError, match="pickled") as caught:
        pickle.dumps(Holder(Secret(VALUE)), protocol)
    assert VALUE not in str(caught.value)


def test_it_has_no_json_form_and_no_hash() -> None:
    with pytest.raises(TypeError):
        json.dumps(Secret(VALUE))
    with pytest.raises(TypeError):
        hash(Secret(VALUE))


def test_it_can_be_copied_with_what_holds_it_and_compared() -> None:
    holder = Holder(Secret(VALUE))
    assert copy.deepcopy(holder).key.reveal() == VALUE
    assert copy.copy(holder.key) == Secret(VALUE)
    assert Secret(VALUE) != Secret("other")
    assert Secret(VALUE) != VALUE
