"""Make what sources state safe to publish: clean text, safe HTML, absolute links, a language.

normalise turns a raw item into a candidate; markup and language do what it needs of HTML and of languages.
"""
