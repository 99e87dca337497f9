"""Markets are declarations."""

import polars as pl
import pytest

from propcast.core.errors import InputError
from propcast.core.markets import MARKETS, Market, market, market_of_feed_key, markets_of
from propcast.core.sport import Sport

every_market = pytest.mark.parametrize("declared", list(MARKETS.values()), ids=list(MARKETS))


@every_market
def test_a_declaration_is_sound(declared: Market) -> None:
    low, high = declared.line_range
    means = [mean for mean, _ in declared.dispersion]
    assert 0.5 <= low < high <= declared.max_count
    assert means == sorted(means)
    assert all(ratio > 1 for _, ratio in declared.dispersion)
    assert declared.prior_games > 0


@every_market
def test_vendor_keys_lead_to_one_market(declared: Market) -> None:
    assert all(market_of_feed_key(key) is declared for key in declared.feed_keys)


def test_sports_share_no_market() -> None:
    names = [m.name for sport in Sport for m in markets_of(sport)]
    assert sorted(names) == sorted(MARKETS)


def test_the_statistic_of_a_market_is_the_sum_of_its_parts_and_null_with_one_missing() -> None:
    games = pl.DataFrame({"pts": [20, 20], "reb": [5, None], "ast": [7, 7]})
    assert games.select(market("points_rebounds_assists").stat_expr()).to_series().to_list() == [32.0, None]
    assert games.select(market("points").stat_expr()).to_series().to_list() == [20.0, 20.0]


def test_an_unknown_market_is_refused_with_a_suggestion() -> None:
    with pytest.raises(InputError, match="unknown market 'reboundz'; did you mean 'rebounds'"):
        market("reboundz")
    assert market_of_feed_key("player_steals") is None
