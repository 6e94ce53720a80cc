"""Dated news listings in, validated Atom, RSS and JSON feeds out."""

__version__ = "0.1.0"
