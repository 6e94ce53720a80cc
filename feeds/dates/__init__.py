"""Text -> date, and how much of it was stated. Lines are read strictly (lines); the lexicon holds the words."""

from feeds.dates.lexicon import MONTHS, WEEKDAYS
from feeds.dates.lines import DateLineError, DateRules, Order, Reading, read_date_line

__all__ = ["MONTHS", "WEEKDAYS", "DateLineError", "DateRules", "Order", "Reading", "read_date_line"]
