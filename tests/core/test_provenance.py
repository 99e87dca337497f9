"""What was made up says so by itself."""

import polars as pl
import pytest

from propcast.core.provenance import is_simulated, simulated

MADE_UP = (
    "SIMULATED",
    "nba:SIM0022500001",
    "mlb:SIM2500001~7",
    "nba:900000001",
    "mlb:930020633",
    "900000001",
    "sim_northbook",
)
OBSERVED = (
    "nba:0022400561",
    "mlb:778563",
    "nba:203999",
    "mlb:660271",
    "1628983",
    "draftkings",
    "nba_player_box",
    "league",
    "",
)


@pytest.mark.parametrize("key", MADE_UP)
def test_a_made_up_key_is_told(key: str) -> None:
    assert is_simulated(key)


@pytest.mark.parametrize("key", OBSERVED)
def test_an_observed_key_is_not_mistaken(key: str) -> None:
    assert not is_simulated(key)


def test_columns_are_judged_like_single_keys() -> None:
    frame = pl.DataFrame({"key": [*MADE_UP, *OBSERVED, None]})
    assert frame.select(simulated("key")).to_series().to_list() == [True] * len(MADE_UP) + [False] * len(OBSERVED) + [
        None
    ]
