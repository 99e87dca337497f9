"""Shows everything behind one prediction, most telling first."""

from typing import TYPE_CHECKING, Any

from propcast.cli.render import MISSING, cell, out, show_rows, show_table

if TYPE_CHECKING:
    import polars as pl

    from propcast.pipeline.explaining import Explanation, Row

Labelled = list[tuple[str, str]]

QUANTILES = {"q05": "5 %", "q10": "10 %", "q25": "25 %", "q50": "50 %", "q75": "75 %", "q90": "90 %", "q95": "95 %"}
QUOTE_COLUMNS = {"book": "book", "book_type": "kind", "line": "line", "over": "over", "under": "under",
                 "observed_at": "seen (UTC)", "used": "used for", "quote_id": "quote id"}  # fmt: skip
SIDE_COLUMNS = {"side": "side", "raw": "raw", "calibrated": "calibrated", "final": "final", "market": "market's",
                "fair": "fair odds", "price": "best price", "ev": "EV %"}  # fmt: skip
INPUT_COLUMNS = {"input": "input", "value": "value", "unit": "unit", "definition": "definition"}


def show(found: "Explanation") -> None:
    """Print one explanation, section by section."""
    import polars as pl

    out.print(_headline(found), style="bold", soft_wrap=True)
    _labelled("Forecast", _forecast(found.prediction))
    _table("Chances at the line", pl.DataFrame(_sides(found)), SIDE_COLUMNS, digits=3)
    _labelled("Decision", _decision(found.decision))
    _labelled("What moved it", [(name, cell(value, 3)) for name, value in found.contributions().items()])
    _labelled("Consensus of the books", _consensus(found.consensus))
    _table("Quotes", _quotes(found.quotes), QUOTE_COLUMNS, digits=1, spare=("quote_id", "book_type"))
    _table("Inputs", _inputs(found), INPUT_COLUMNS, digits=4, spare=("definition",))
    _labelled("Inputs without a value", [(why, ", ".join(names)) for why, names in found.missing()])
    _labelled("Versions", _versions(found))
    _labelled("Grade", _grade(found.grade))


def _labelled(title: str, rows: Labelled) -> None:
    if rows:
        out.print()
        show_rows(rows, title=title)


def _table(
    title: str, frame: "pl.DataFrame", columns: dict[str, str], digits: int, spare: tuple[str, ...] = ()
) -> None:
    if frame.height:
        out.print()
        show_table(frame, columns, title=title, digits=dict.fromkeys(columns, digits), spare=spare)


def _headline(found: "Explanation") -> str:
    row, event = found.prediction, found.event
    line = "without a line" if row["line"] is None else f"at {row['line']:g}"
    game = f"{event['away']} at {event['home']}" if event else row["event_id"]
    starts = f"starts {cell(row['starts_at'])} UTC" if row["starts_at"] else "start unknown"
    return f"{row['player_name']} · {row['market']} {line} · {game} · {row['game_day']}, {starts}"


def _forecast(row: "Row") -> Labelled:
    shown = [("system", f"{row['system']} ({row['model_id']})"), ("status", " ".join([row["status"], *row["reasons"]]))]
    shown += [("as of", f"{cell(row['as_of'])} UTC"), ("chance to play", cell(row["p_plays"], 3))]
    if row["mean"] is None:
        return shown
    quantiles = " · ".join(f"{label} {row[name]:g}" for name, label in QUANTILES.items())
    return [*shown, ("mean ± sd", f"{row['mean']:.2f} ± {row['sd']:.2f} ({row['family']})"), ("quantiles", quantiles)]


def _sides(found: "Explanation") -> list[dict[str, Any]]:
    """Return one row per side of the line as it is printed."""
    return [
        {**side, "price": _price(side["price"], side["book"]), "ev": _percent(side["ev"])} for side in found.sides()
    ]


def _decision(row: "Row") -> Labelled:
    if not row:
        return [("decision", MISSING)]
    bet = [("at", _price(row["price"], row["book"])), ("EV", f"{cell(_percent(row['ev']), 1)} %"),
           ("edge", f"{cell(_percent(row['edge']), 1)} points of probability"),
           ("stake", f"{cell(_percent(row['stake']))} % of bankroll")]  # fmt: skip
    return [("decision", " ".join([row["decision"], *row["reasons"]])), *(bet if row["price"] is not None else [])]


def _consensus(row: "Row") -> Labelled:
    if not row:
        return [("consensus", "none: nobody quoted both sides in time")]
    books = f"{row['n_books']} sportsbooks, {row['n_dfs']} DFS"
    spread = f"spread of lines {cell(row['line_std'])}, hold {cell(_percent(row['hold_median']), 1)} %"
    opened = f"line {cell(row['line_open'], 1)}, implied mean {cell(row['implied_mean_open'])}"
    return [
        ("line", f"{cell(row['line_consensus'], 1)} (most frequent {cell(row['line_modal'], 1)})"),
        ("implied mean", cell(row["implied_mean"])),
        ("P(over | no push)", f"{cell(row['p_over_devig'], 3)} ({row['devig_method']})"),
        ("books", f"{books}; {spread}"),
        ("opened at", opened),
        *([("reasons", " ".join(row["reasons"]))] if row["reasons"] else []),
    ]


def _quotes(quotes: "pl.DataFrame") -> "pl.DataFrame":
    import polars as pl

    from propcast.pipeline.queries import signed

    return quotes.with_columns(
        signed(pl.col("over_price")).alias("over"),
        signed(pl.col("under_price")).alias("under"),
        pl.col("used_for").list.join(", ").alias("used"),
    )


def _inputs(found: "Explanation") -> "pl.DataFrame":
    import polars as pl

    rows = [(name, f"{value:.4g}", unit, definition) for name, value, unit, definition in found.inputs()]
    return pl.DataFrame(rows, schema=dict.fromkeys(INPUT_COLUMNS, pl.String), orient="row")


def _versions(found: "Explanation") -> Labelled:
    row, model = found.prediction, found.model
    fitted = f"{model['n_rows']:,} rows, {model['train_from']} … before {model['train_until']}" if model else ""
    trained = [("fitted on", fitted), ("artefact sha256", model["sha256"])] if model else []
    return [
        ("prediction", row["prediction_id"]), ("batch", row["batch_id"]), ("model", row["model_id"]), *trained,
        ("feature contract", row["feature_hash"]), ("data version", row["data_version"]),
        ("policy", found.decision.get("policy_version", MISSING)),
        ("written", f"{cell(row['built_at'])} UTC by run {row['run_id']}"),
    ]  # fmt: skip


def _grade(row: "Row") -> Labelled:
    if not row:
        return [("grade", "not graded yet")]
    outcome = " ".join(part for part in (row["outcome"], row["void_reason"]) if part)
    shown = [("outcome", outcome), ("actual", cell(row["actual"], 0)), ("mean − actual", cell(row["error"])),
             ("log loss", f"{cell(row['log_score'], 3)}, the market's {cell(row['market_log_score'], 3)}"),
             ("Brier score", f"{cell(row['brier'], 3)}, the market's {cell(row['market_brier'], 3)}"),
             ("CRPS", cell(row["crps"], 3)), ("profit", _profit(row["profit_units"])),
             ("result known", f"{cell(row['result_observed_at'])} UTC")]  # fmt: skip
    return shown if row["actual"] is not None else shown[:1]


def _profit(units: float | None) -> str:
    return "no bet" if units is None else f"{units:+.2f} per unit staked"


def _price(price: int | None, book: str | None) -> str:
    return MISSING if price is None else f"{price:+d} {book}"


def _percent(fraction: float | None) -> float | None:
    return None if fraction is None else 100 * fraction
