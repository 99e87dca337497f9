"""Forecast systems, training, the model artefact and the backtest."""
