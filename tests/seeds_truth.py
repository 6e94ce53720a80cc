"""What the 20 items of the seeds are, found by reading them: date, title, lines of the text, countries, topics.

Countries and topics of which nobody could say for sure stand in `open_countries` and `open_topics`; they never count.
"""

from typing import NamedTuple


class Truth(NamedTuple):
    """One item; lines count from 1, the text is what stands on `text` (first and last line)."""

    file: str
    line: int  # of the date
    date: str
    title: int  # its line
    text: tuple[int, int]
    countries: str
    open_countries: str
    topics: str
    open_topics: str


FIRST, SECOND = "000_c031023b5922a259.txt", "004_f4914579ce13bfe4.txt"

ITEMS = (
    Truth(
        FIRST,
        1,
        "2017-07-28",
        3,
        (5, 7),
        "PA",
        "",
        "emergency-response capacity-building",
        "border-management protection migration-governance",
    ),
    Truth(
        FIRST,
        10,
        "2017-07-06",
        12,
        (14, 14),
        "CR HN MX SV",
        "",
        "awareness-communication",
        "border-management protection",
    ),
    Truth(
        FIRST, 16, "2017-07-06", 18, (20, 20), "NI", "", "counter-trafficking capacity-building emergency-response", ""
    ),
    Truth(FIRST, 22, "2017-07-06", 24, (26, 26), "CR", "CL", "return-reintegration", "children-youth protection"),
    Truth(
        FIRST,
        28,
        "2017-07-02",
        30,
        (32, 32),
        "GT",
        "GT",
        "gender-diversity protection",
        "capacity-building migration-governance",
    ),
    Truth(
        FIRST,
        34,
        "2017-07-02",
        36,
        (38, 38),
        "SV",
        "",
        "migration-governance children-youth",
        "protection capacity-building regular-pathways",
    ),
    Truth(FIRST, 40, "2017-06-05", 42, (44, 44), "GT HN", "", "border-management protection", "migration-governance"),
    Truth(FIRST, 46, "2017-06-01", 48, (50, 50), "MX", "", "children-youth protection", ""),
    Truth(
        FIRST,
        52,
        "2017-06-01",
        54,
        (56, 56),
        "HN",
        "GT",
        "return-reintegration children-youth",
        "protection missing-migrants",
    ),
    Truth(FIRST, 58, "2017-06-01", 60, (62, 62), "", "", "children-youth capacity-building", "protection"),
    Truth(SECOND, 1, "2021-08-02", 3, (6, 6), "MX", "", "labour-migration capacity-building", "migration-governance"),
    Truth(SECOND, 8, "2021-08-02", 10, (12, 12), "PA", "", "counter-trafficking", ""),
    Truth(SECOND, 14, "2021-07-30", 16, (18, 18), "HN", "", "migration-governance protection", ""),
    Truth(
        SECOND, 20, "2021-07-29", 22, (24, 24), "PA", "", "capacity-building emergency-response", "border-management"
    ),
    Truth(
        SECOND,
        26,
        "2021-07-26",
        28,
        (30, 30),
        "SV",
        "",
        "border-management protection",
        "migration-governance capacity-building",
    ),
    Truth(
        SECOND,
        32,
        "2021-07-23",
        34,
        (36, 36),
        "GT HN SV",
        "",
        "capacity-building border-management migration-health",
        "protection",
    ),
    Truth(
        SECOND,
        38,
        "2021-07-16",
        40,
        (43, 43),
        "PA",
        "",
        "protection capacity-building",
        "refugees-displacement awareness-communication",
    ),
    Truth(
        SECOND, 46, "2021-07-15", 48, (51, 51), "CR", "", "integration regular-pathways", "capacity-building protection"
    ),
    Truth(SECOND, 53, "2021-07-14", 55, (58, 58), "GY", "", "capacity-building migration-governance", ""),
    Truth(SECOND, 61, "2021-07-09", 63, (65, 65), "MX", "", "migration-governance", "stabilization-peace protection"),
)
