"""Read dates: a line of a listing (lines: strict, it is a date line or it is not), or a field that is one (fields)."""

from feeds.dates.fields import holds_date, read_date, read_date_field, read_stated_date
from feeds.dates.lexicon import MONTHS, OTHERS, WEEKDAYS, names_of
from feeds.dates.lines import DateLineError, DateRules, Order, Reading, read_date_line
from feeds.dates.orders import Proof, prove_order

__all__ = [
    "MONTHS",
    "OTHERS",
    "WEEKDAYS",
    "DateLineError",
    "DateRules",
    "Order",
    "Proof",
    "Reading",
    "holds_date",
    "names_of",
    "prove_order",
    "read_date",
    "read_date_field",
    "read_date_line",
    "read_stated_date",
]
