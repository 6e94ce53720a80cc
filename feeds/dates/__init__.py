"""Read dates: a line -> a date and its precision. Strict: a line either is a date line or it is not."""

from feeds.dates.lexicon import MONTHS, WEEKDAYS
from feeds.dates.lines import DateLineError, DateRules, Order, Reading, read_date_line

__all__ = ["MONTHS", "WEEKDAYS", "DateLineError", "DateRules", "Order", "Reading", "read_date_line"]
