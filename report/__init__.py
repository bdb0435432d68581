"""Figures from store.read to a person's page: the weekly summary as text, HTML and JSON."""
