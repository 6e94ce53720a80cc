"""Others' text and HTML -> clean text, safe HTML, absolute links, a language: what can be written into any feed.

normalise turns a raw item into a candidate; markup and language do what it needs of HTML and of languages.
"""
