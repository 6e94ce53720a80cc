"""Read dates: a line of a listing (lines: strict, it is a date line or it is not), or a field that is one (fields)."""

from feeds.dates.fields import read_date, read_date_field
from feeds.dates.lexicon import MONTHS, WEEKDAYS
from feeds.dates.lines import DateLineError, DateRules, Order, Reading, read_date_line

__all__ = [
    "MONTHS",
    "WEEKDAYS",
    "DateLineError",
    "DateRules",
    "Order",
    "Reading",
    "holds_date",
    "read_date",
    "read_date_field",
    "read_date_line",
]
