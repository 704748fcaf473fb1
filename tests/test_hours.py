"""Opening hours: when a calendar on the wall opens and closes queues, the days of changed clocks included."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acdcore.config import ConfigError, center_commands, opening_commands, parse_center
from acdcore.config.hours import (
    DAYS,
    OpeningHours,
    Span,
    changes,
    find_zone,
    parse_date,
    parse_days,
    parse_span,
    queue_hours,
)
from acdcore.router.codes import DAY_NS, FORCE, HOUR_NS, SECOND_NS, Result
from acdcore.router.reference import Reference

BERLIN = "Europe/Berlin"
MINUTE_NS = 60 * SECOND_NS


def at(text: str, zone: str = "UTC") -> int:
    """Return a moment in ns; with an offset in the text, the zone does not matter."""
    when = datetime.fromisoformat(text)
    if when.tzinfo is None:
        when = when.replace(tzinfo=ZoneInfo(zone))
    return int(when.timestamp()) * SECOND_NS


def text(at_ns: int, zone: str = BERLIN) -> str:
    """Return a moment as the clock on the wall and its offset: ``2026-03-29T03:00+02:00``."""
    assert at_ns % SECOND_NS == 0
    return datetime.fromtimestamp(at_ns // SECOND_NS, ZoneInfo(zone)).isoformat(timespec="minutes")


def hours(week: dict[str, str], zone: str = BERLIN, **dates: str) -> OpeningHours:
    """Return hours: day words -> spans, and dates written d20261225 -> spans, each text separated by spaces."""
    spans: list[list[Span]] = [[] for _ in DAYS]
    for days, said in week.items():
        for day in parse_days(days):
            spans[day] += map(parse_span, said.split())
    single = {date.fromisoformat(day[1:]): [parse_span(one) for one in said.split()] for day, said in dates.items()}
    return OpeningHours(find_zone(zone), spans, single)


def told(opening: OpeningHours, start: str, end: str, zone: str = BERLIN) -> list[str]:
    """Return the changes in a range of local time: ``+`` opens, ``-`` closes."""
    found = opening.changes(at(start, zone), at(end, zone))
    return [("+" if opens else "-") + text(at_ns, zone) for at_ns, opens in found]


OFFICE = {"mon-fri": "08:00-18:00", "sat": "09:00-13:00"}


# ---------------------------------------------------------------------- ordinary weeks


def test_a_week_opens_and_closes() -> None:
    assert told(hours(OFFICE), "2026-06-05T12:00", "2026-06-09T00:00") == [
        "-2026-06-05T18:00+02:00",
        "+2026-06-06T09:00+02:00",
        "-2026-06-06T13:00+02:00",
        "+2026-06-08T08:00+02:00",
        "-2026-06-08T18:00+02:00",
    ]


def test_it_is_open_at_the_moment_of_opening_and_closed_at_that_of_closing() -> None:
    office = hours(OFFICE)
    opens, closes = at("2026-06-06T09:00", BERLIN), at("2026-06-06T13:00", BERLIN)
    assert [office.is_open(opens + step) for step in (-1, 0, 1)] == [False, True, True]
    assert [office.is_open(closes + step) for step in (-1, 0, 1)] == [True, False, False]
    assert office.next_change(opens - 1) == opens
    assert office.next_change(opens) == closes
    assert office.next_change(opens, before_ns=closes) == -1
    assert office.next_change(opens, before_ns=closes + 1) == closes


def test_a_lunch_break_closes_and_spans_that_touch_or_overlap_do_not() -> None:
    split = hours(
        {"mon": "08:00-12:00 13:00-17:00", "tue": "12:00-17:00 08:00-12:00", "wed": "08:00-13:00 09:00-10:00"}
    )
    assert [change[:1] + change[9:17] for change in told(split, "2026-06-08T00:00", "2026-06-11T00:00")] == [
        "+08T08:00",
        "-08T12:00",
        "+08T13:00",
        "-08T17:00",
        "+09T08:00",
        "-09T17:00",
        "+10T08:00",
        "-10T13:00",
    ]


def test_closed_and_special_dates_speak_for_themselves() -> None:
    office = hours(OFFICE, d20261224="09:00-12:00", d20261225="", d20261226="", d20261227="10:00-11:00")
    assert told(office, "2026-12-23T20:00", "2026-12-28T12:00") == [
        "+2026-12-24T09:00+01:00",
        "-2026-12-24T12:00+01:00",
        "+2026-12-27T10:00+01:00",
        "-2026-12-27T11:00+01:00",
        "+2026-12-28T08:00+01:00",
    ]


def test_hours_may_run_past_midnight_and_the_end_of_the_week() -> None:
    night = hours({"fri-sun": "22:00-06:00"})
    assert told(night, "2026-06-07T12:00", "2026-06-13T12:00") == [
        "+2026-06-07T22:00+02:00",
        "-2026-06-08T06:00+02:00",
        "+2026-06-12T22:00+02:00",
        "-2026-06-13T06:00+02:00",
    ]
    assert night.is_open(at("2026-06-08T05:59", BERLIN))
    assert not night.is_open(at("2026-06-08T22:30", BERLIN))


def test_a_night_ends_where_a_date_with_hours_of_its_own_begins() -> None:
    night = hours({"mon-sun": "22:00-06:00"}, d20261225="", d20261226="04:00-05:00")
    assert told(night, "2026-12-24T12:00", "2026-12-27T12:00") == [
        "+2026-12-24T22:00+01:00",
        "-2026-12-25T00:00+01:00",
        "+2026-12-26T04:00+01:00",
        "-2026-12-26T05:00+01:00",
    ]


@pytest.mark.parametrize("week", [{"mon-sun": "00:00-24:00"}, {"mon-sun": "06:00-22:00 22:00-06:00"}])
def test_round_the_clock_never_closes(week: dict[str, str]) -> None:
    always = hours(week)
    assert told(always, "2026-01-01T00:00", "2027-01-01T00:00") == []
    assert always.is_open(at("2026-10-25T02:30", BERLIN))
    assert always.next_change(at("2026-06-01T12:00")) == -1


def test_round_the_clock_closes_for_a_date_years_ahead() -> None:
    always = hours({"mon-sun": "00:00-24:00"}, d20301225="")
    now_ns = at("2026-06-01T12:00")
    assert text(always.next_change(now_ns)) == "2030-12-25T00:00+01:00"
    assert text(always.next_change(always.next_change(now_ns))) == "2030-12-26T00:00+01:00"
    assert always.next_change(at("2030-12-26T00:00", BERLIN)) == -1


def test_hours_that_never_open() -> None:
    never = hours({})
    assert not never.is_open(0)
    assert never.next_change(0) == -1


def test_before_1970_and_at_the_end_of_time_there_are_hours_too() -> None:
    office = hours(OFFICE)
    assert not office.is_open(0)
    assert office.next_change(0) == 7 * HOUR_NS  # 1970-01-01 was a Thursday, in Berlin one hour ahead
    end = 2**62 - 1
    assert 0 < office.next_change(end) - end < 4 * DAY_NS


# ---------------------------------------------------------------------- the clocks change


def test_in_spring_the_day_is_an_hour_shorter() -> None:
    early = hours({"mon-sun": "00:00-08:00"})
    [opens, closes] = list(early.changes(at("2026-03-28T23:59", BERLIN), at("2026-03-29T23:00", BERLIN)))
    assert closes[0] - opens[0] == 7 * HOUR_NS


def test_in_autumn_the_day_is_an_hour_longer() -> None:
    early = hours({"mon-sun": "00:00-08:00"})
    [opens, closes] = list(early.changes(at("2026-10-24T23:59", BERLIN), at("2026-10-25T23:00", BERLIN)))
    assert closes[0] - opens[0] == 9 * HOUR_NS


@pytest.mark.parametrize(
    ("span", "expected"),
    [
        ("01:30-02:30", ["+2026-03-29T01:30+01:00", "-2026-03-29T03:00+02:00"]),
        ("02:30-05:00", ["+2026-03-29T03:00+02:00", "-2026-03-29T05:00+02:00"]),
        ("02:15-02:45", []),
        ("02:00-03:00", []),
        ("03:00-04:00", ["+2026-03-29T03:00+02:00", "-2026-03-29T04:00+02:00"]),
    ],
)
def test_what_the_clock_leaves_out_in_spring_is_not_open(span: str, expected: list[str]) -> None:
    assert told(hours({"sun": span}), "2026-03-28T12:00", "2026-03-29T12:00") == expected


@pytest.mark.parametrize(
    ("span", "expected"),
    [
        ("01:00-02:00", ["+2026-10-25T01:00+02:00", "-2026-10-25T02:00+02:00"]),
        ("01:00-02:30", ["+2026-10-25T01:00+02:00", "-2026-10-25T02:30+01:00"]),
        ("02:00-03:00", ["+2026-10-25T02:00+02:00", "-2026-10-25T03:00+01:00"]),
        ("02:15-02:45", ["+2026-10-25T02:15+02:00", "-2026-10-25T02:45+01:00"]),
        ("03:00-04:00", ["+2026-10-25T03:00+01:00", "-2026-10-25T04:00+01:00"]),
    ],
)
def test_what_the_clock_shows_twice_in_autumn_is_open_twice(span: str, expected: list[str]) -> None:
    assert told(hours({"sun": span}), "2026-10-24T12:00", "2026-10-25T12:00") == expected


def test_a_night_over_a_change_of_the_clocks() -> None:
    night = hours({"sat": "22:00-06:00"})
    assert told(night, "2026-03-28T12:00", "2026-03-29T12:00") == [
        "+2026-03-28T22:00+01:00",
        "-2026-03-29T06:00+02:00",
    ]
    assert told(night, "2026-10-24T12:00", "2026-10-25T12:00") == [
        "+2026-10-24T22:00+02:00",
        "-2026-10-25T06:00+01:00",
    ]


def test_utc_has_no_such_days() -> None:
    plain = hours({"mon-sun": "02:00-03:00"}, "UTC")
    found = list(plain.changes(at("2026-01-01T00:00"), at("2027-01-01T00:00")))
    assert len(found) == 2 * 365
    assert {at_ns % DAY_NS for at_ns, _ in found} == {2 * HOUR_NS, 3 * HOUR_NS}


def test_other_changes_of_the_clock() -> None:
    havana = hours({"mon-sun": "00:30-02:00"}, "America/Havana")  # at 01:00 back to 00:00 of the same day
    assert told(havana, "2026-10-31T12:00", "2026-11-01T12:00", "America/Havana") == [
        "+2026-11-01T00:30-04:00",
        "-2026-11-01T02:00-05:00",
    ]
    evening = hours({"mon-sun": "22:00-24:00"}, "America/Havana")
    assert told(evening, "2026-10-31T12:00", "2026-11-01T12:00", "America/Havana") == [
        "+2026-10-31T22:00-04:00",
        "-2026-11-01T00:00-04:00",
    ]
    howe = hours({"mon-sun": "02:10-04:00"}, "Australia/Lord_Howe")  # by half an hour
    assert told(howe, "2026-10-03T12:00", "2026-10-04T12:00", "Australia/Lord_Howe") == [
        "+2026-10-04T02:30+11:00",
        "-2026-10-04T04:00+11:00",
    ]
    apia = hours({"mon-sun": "09:00-17:00"}, "Pacific/Apia")  # which had no 30th of December 2011
    assert told(apia, "2011-12-29T12:00", "2011-12-31T12:00", "Pacific/Apia") == [
        "-2011-12-29T17:00-10:00",
        "+2011-12-31T09:00+14:00",
    ]


SPANS = st.builds(
    lambda begins, length: Span(begins, begins + length), st.integers(0, 24 * 60 - 1), st.integers(1, 24 * 60)
)
ZONES = st.sampled_from(
    [BERLIN, "UTC", "America/New_York", "Australia/Lord_Howe", "America/Santiago", "Asia/Kathmandu"]
)


@given(
    zone=ZONES,
    week=st.lists(st.lists(SPANS, max_size=2), min_size=7, max_size=7),
    single=st.dictionaries(st.integers(0, 400), st.lists(SPANS, max_size=2), max_size=4),
    minutes=st.lists(st.integers(0, 400 * 24 * 60), min_size=1, max_size=20),
)
def test_what_is_open_is_what_the_clock_on_the_wall_says(
    zone: str, week: list[list[Span]], single: dict[int, list[Span]], minutes: list[int]
) -> None:
    """Open exactly while the clock shows a time of a span.

    But in an hour that is shown twice, a span that has begun goes on until the clock is past its end for good.
    """
    first = date(2026, 1, 1)
    dates = {first + timedelta(days=day): spans for day, spans in single.items()}
    opening = OpeningHours(ZoneInfo(zone), week, dates)

    def within(wall: datetime) -> bool:
        today, minute = wall.date(), wall.hour * 60 + wall.minute
        before = today - timedelta(days=1)
        if any(span.begins <= minute < span.ends for span in dates.get(today, week[today.weekday()])):
            return True
        over = () if today in dates else dates.get(before, week[before.weekday()])
        return any(minute + 24 * 60 < span.ends for span in over)

    start = datetime(2026, 1, 1, tzinfo=UTC)
    for minute in minutes:
        moment = start + timedelta(minutes=minute)
        wall = moment.astimezone(ZoneInfo(zone))
        plain = wall.replace(tzinfo=None, fold=0)
        now_ns = int(moment.timestamp()) * SECOND_NS
        is_open = opening.is_open(now_ns)
        shown_twice = (
            plain.replace(tzinfo=wall.tzinfo).utcoffset() != plain.replace(tzinfo=wall.tzinfo, fold=1).utcoffset()
        )
        if shown_twice:
            assert is_open or not within(plain)
        else:
            assert is_open == within(plain)
        change = opening.next_change(now_ns)
        assert change == -1 or change > now_ns
        if change >= 0:
            assert opening.is_open(change) != is_open
            assert opening.is_open(change - 1) == is_open
            assert opening.is_open((change + now_ns) // 2) == is_open


# ---------------------------------------------------------------------- ranges, for simulations


def test_a_range_begins_with_how_each_queue_stands() -> None:
    calendars = {"office": hours(OFFICE), "night": hours({"mon-sun": "18:00-08:00"})}
    queues = {"sales": "office", "alarm": "night", "support": "office"}
    start, end = at("2026-06-05T12:00", BERLIN), at("2026-06-06T09:00", BERLIN)
    closes = at("2026-06-05T18:00", BERLIN)
    assert changes(calendars, queues, start, end) == [
        (start, "sales", True),
        (start, "alarm", False),
        (start, "support", True),
        (closes, "sales", False),
        (closes, "alarm", True),
        (closes, "support", False),
        (at("2026-06-06T08:00", BERLIN), "alarm", False),
    ]
    assert changes(calendars, queues, start, start) == []
    assert changes(calendars, {}, start, end) == []


def test_ranges_that_follow_each_other_say_the_same_as_one() -> None:
    calendars = {"office": hours(OFFICE, d20260608="")}
    start, step = at("2026-06-01T00:00"), 7 * HOUR_NS + 13 * MINUTE_NS
    parts = [
        (at_ns, is_open)
        for part in range(60)
        for at_ns, _, is_open in changes(calendars, {"q": "office"}, start + part * step, start + (part + 1) * step)
    ]
    seen = [one for one, before in zip(parts, [(0, None), *parts], strict=False) if one[1] != before[1]]
    assert seen == [one[::2] for one in changes(calendars, {"q": "office"}, start, start + 60 * step)]


# ---------------------------------------------------------------------- words


@pytest.mark.parametrize(
    ("said", "span"),
    [
        ("08:00-18:00", (480, 1080)),
        ("8:00 - 18:30", (480, 1110)),
        ("00:00-24:00", (0, 1440)),
        ("22:00-06:00", (1320, 1800)),
        ("00:01-00:00", (1, 1440)),
    ],
)
def test_spans_are_read(said: str, span: tuple[int, int]) -> None:
    assert parse_span(said) == span
    assert parse_span(str(parse_span(said))) == span


@pytest.mark.parametrize(
    "said", ["", "8-18", "08:00", "08:00-", "24:00-08:00", "08:00-24:01", "08:60-09:00", "08:00-08:00", "٠8:00-09:00"]
)
def test_what_is_no_span_is_refused(said: str) -> None:
    with pytest.raises(ValueError, match=r"is no span of time|ends as it begins"):
        parse_span(said)


def test_days_are_read() -> None:
    assert parse_days("mon") == [0]
    assert parse_days("Mon-Fri") == [0, 1, 2, 3, 4]
    assert parse_days("sat-mon") == [5, 6, 0]
    assert parse_days("sun - sun") == [6]
    for said in ("", "-", "monday", "mon-", "-fri", "mon-fri-sun", "0"):
        with pytest.raises(ValueError, match="is no day of the week"):
            parse_days(said)


def test_dates_are_read() -> None:
    assert parse_date("2028-02-29") == date(2028, 2, 29)
    for said in ("2027-02-29", "2026-13-01", "20261225", "2026-W52-5", "25.12.2026", "0000-01-01", ""):
        with pytest.raises(ValueError, match="is no date"):
            parse_date(said)


@pytest.mark.parametrize(
    "name", ["Europe/Bonn", "", "Europe", "/etc/passwd", "../UTC", "UTC\0", "x" * 10_000, "CEST-1"]
)
def test_what_is_no_time_zone_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="is no time zone"):
        find_zone(name)


# ---------------------------------------------------------------------- in a center's file

CENTER = """\
center: c
calendars:
  office:
    time_zone: Europe/Berlin
    hours: {mon-thu: [08:00-12:00, 13:00-18:00], fri: 08:00-16:00}
    closed: [2026-12-25, 2026-12-26]
    special: {2026-12-24: [09:00-12:00], 2026-12-31: []}
  always: {time_zone: UTC, hours: {mon-sun: 00:00-24:00}}
queues:
  sales: {plan: [{}], calendar: office, at_closing: turn_away}
  mail: {plan: [{}], calendar: office}
  alarm: {plan: [{}], calendar: always}
  open: {plan: [{}]}
"""


def test_calendars_are_read_from_a_centers_file() -> None:
    found = queue_hours(parse_center(CENTER))
    assert {name: turn_away for name, (_, turn_away) in found.items()} == {"sales": True, "mail": False, "alarm": False}
    assert found["sales"].hours is found["mail"].hours
    assert told(found["sales"].hours, "2026-12-23T12:30", "2026-12-28T09:00") == [
        "+2026-12-23T13:00+01:00",
        "-2026-12-23T18:00+01:00",
        "+2026-12-24T09:00+01:00",
        "-2026-12-24T12:00+01:00",
        "+2026-12-28T08:00+01:00",
    ]
    assert told(found["mail"].hours, "2026-12-31T00:00", "2026-12-31T23:00") == []
    assert found["alarm"].hours.is_open(0)


@pytest.mark.parametrize(
    ("before", "after", "path", "line", "message"),
    [
        ("Europe/Berlin", "Europe/Bonn", "calendars.office.time_zone", 4, "is no time zone; allowed: a name from"),
        ("time_zone: Europe/Berlin", "{}", "calendars.office.time_zone", 3, "is missing"),
        ("time_zone: UTC", "time_zone: 5", "calendars.always.time_zone", 8, "must be text; allowed: a name"),
        ("fri:", "friday:", "calendars.office.hours.friday", 5, "is no day of the week; allowed: a day or a range"),
        ("fri:", "wed-fri:", "calendars.office.hours", 5, "says wed twice, in mon-thu and in wed-fri"),
        ("13:00-18:00", "13-18", "calendars.office.hours.mon-thu[1]", 5, "is no span of time; allowed: from-to"),
        ("13:00-18:00", "1300", "calendars.office.hours.mon-thu[1]", 5, "must be text; allowed: from-to in 24 hours"),
        ("2026-12-26]", "2026-12-36]", "calendars.office.closed[1]", 6, "is no date; allowed: a date such as"),
        ("2026-12-24:", "2026-12-25:", "calendars.office.special", 7, "says 2026-12-25, which is among those closed"),
        ("2026-12-24:", "heiligabend:", "calendars.office.special.heiligabend", 7, "is no date"),
        ("closed:", "close:", "calendars.office.close", 6, "is not a known field (did you mean closed?)"),
        ("calendar: always", "calendar: alway", "queues.alarm.calendar", 12, "is no calendar of this center (did you"),
        ("turn_away", "hang_up", "queues.sales.at_closing", 10, "is not known; allowed: 'keep' or 'turn_away'"),
    ],
)
def test_a_problem_of_a_calendar_is_named(before: str, after: str, path: str, line: int, message: str) -> None:
    assert before in CENTER
    text = CENTER.replace(before, "" if after == "{}" else after)
    with pytest.raises(ConfigError) as caught:
        parse_center(text)
    [problem] = caught.value.problems
    assert (problem.path, problem.line) == (path, line)
    assert message in problem.message


def test_a_queue_cannot_have_a_calendar_where_there_are_none() -> None:
    with pytest.raises(ConfigError, match=r"queues.q.calendar: is no calendar of this center \(got office\)"):
        parse_center("center: c\nqueues: {q: {plan: [{}], calendar: office}}\n")


def test_the_commands_of_a_range_open_and_close_the_queues_of_a_router() -> None:
    center = parse_center(CENTER)
    start, end = at("2026-12-23T12:30", BERLIN), at("2026-12-24T10:00", BERLIN)
    router = Reference()
    for command in center_commands(center, start):
        assert router.apply(command).code == Result.OK
    seen = []
    for command in opening_commands(center, start, end):
        assert router.apply(command).code == Result.OK
        queue = router.queue(command.queue)
        assert queue is not None
        assert queue.is_open == bool(command.x)
        seen.append((text(command.now_ns)[:16], queue.name.decode(), queue.is_open, command.flags))
    assert seen == [
        ("2026-12-23T12:30", "sales", False, FORCE),
        ("2026-12-23T12:30", "mail", False, 0),
        ("2026-12-23T12:30", "alarm", True, 0),
        ("2026-12-23T13:00", "sales", True, 0),
        ("2026-12-23T13:00", "mail", True, 0),
        ("2026-12-23T18:00", "sales", False, FORCE),
        ("2026-12-23T18:00", "mail", False, 0),
        ("2026-12-24T09:00", "sales", True, 0),
        ("2026-12-24T09:00", "mail", True, 0),
    ]
