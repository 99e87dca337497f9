"""Monitoring as code: every alert rule, dashboard and check, declared once and rendered for whoever watches."""
