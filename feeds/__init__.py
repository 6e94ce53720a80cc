"""Dated news listings in, validated Atom and RSS feeds out."""

__version__ = "0.1.0"
