"""Sphinx: `sphinx-build docs public` makes a site of the documents."""

project = "feeds"
extensions = ["myst_parser"]
html_theme = "furo"
exclude_patterns = ["recipes"]
myst_heading_anchors = 3
# Links to recipes, which are files beside the pages; examples of what is wrong, which are no XML.
suppress_warnings = ["myst.xref_missing", "misc.highlighting_failure"]
