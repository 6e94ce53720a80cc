"""Limits on everything that others decide about. Limits that a site may set are in values.Limits.

Validation, a product of its own, has its one limit in validation/__init__.
"""

FILE_BYTES = 512 * 1024 * 1024  # of a file that is a source: 600,000 items of 800 characters; more can be split
DOCUMENT_BYTES = 64 * 1024 * 1024  # of a document that is parsed as a whole: its tree takes ten times that
DOWNLOAD_BYTES = 10 * 1024 * 1024  # of a source at an address; the largest real page measured has 3 MB
ADOPTED_FEED_BYTES = 32 * 1024 * 1024  # of a feed whose ids are taken over: often with all that it ever had
SERVED_FEED_BYTES = 64 * 1024 * 1024  # of the main feed in the output folder, when its ids are compared
ANSWER_BYTES = 32 * 1024 * 1024  # of a document whose serving is checked
