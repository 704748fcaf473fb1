"""Pictures about the order of those who wait."""

from __future__ import annotations

from .canvas import BLUE, GRAY, GREEN, MUTED, ORANGE, RULE, Canvas, Color


def clock(second: int) -> str:
    """Write a time of the morning that begins at nine."""
    return f"9:{second // 60:02d}:{second % 60:02d}" if second >= 0 else f"8:{60 + second // 60}:{second % 60:02d}"


CALLERS = (
    ("Xavi", "fraud, standard", 65, 20, 0, 5),
    ("Vera", "orders, vip", 60, 20, 90, 0),
    ("Tom", "orders, standard", 0, 20, 0, 0),
    ("Uma", "complaints, standard", 5, 60, 0, 0),
    ("Will", "orders, basic", 10, 60, 0, 0),
)
"""Who waits at 9:01:10, in their order: name, queue and tier, since, target times factor, head start, priority."""


def order() -> Canvas:
    """Five callers, from the moment they began to wait to the moment they are due."""
    sheet = Canvas(
        352,
        "Five wait at 9:01:10. Who goes first?",
        "; ".join(
            f"{place}. {c[0]}, {c[1]}, since {clock(c[2])}, due {clock(c[2] + c[3] - c[4])}"
            for place, c in enumerate(CALLERS, 1)
        ),
    )
    x0, scale = 300.0, 2.75

    def at(second: float) -> float:
        return x0 + (second + 20) * scale

    now = at(70)
    sheet.line([(now, 52), (now, 302)], color=MUTED, width=1.2, dash=True)
    sheet.note(now, 48, "now", anchor="middle")
    for row, (name, queue, since, target, head, priority) in enumerate(CALLERS):
        y = 82 + row * 47
        due = since + target - head
        color = ORANGE if priority else BLUE if not head else GREEN
        if row:
            sheet.line([(18, y - 22), (722, y - 22)], color=RULE, width=1)
        sheet.text(24, y + 5, f"{row + 1}.", bold=True, size=16)
        sheet.text(50, y + 1, name, bold=True)
        sheet.note(50, y + 16, queue)
        sheet.note(195, y + 1, f"since {clock(since)}")
        sheet.text(195, y + 16, f"due {clock(due)}", size=12, bold=True, fill=color.strong)
        sheet.line([(at(since), y + 2), (at(due), y + 2)], color=color.strong, width=2.2, arrow=True)
        sheet.dot(at(since), y + 2, color)
        words = f"+ {target} s" if not head else f"+ {target} s − {head} s head start"
        if head:
            sheet.note((at(since) + at(due)) / 2, y - 6, words, anchor="middle", fill=color.strong)
        elif priority:
            sheet.note(at(since) - 10, y + 6, f"priority {priority}", anchor="end", fill=color.strong)
            sheet.note(at(due) + 6, y + 6, words, fill=color.strong)
        else:
            sheet.note((at(since) + at(due)) / 2, y - 6, words, anchor="middle", fill=color.strong)
    sheet.axis(at(-20), at(134), 312, [(at(second), clock(second)) for second in (0, 30, 60, 90, 120)])
    return sheet


def overtaking() -> Canvas:
    """Which VIPs may still go before one ordinary caller."""
    sheet = Canvas(
        236,
        "Who may overtake Tom?",
        "Tom, standard, calls at 9:00:00. VIPs who call less than 90 seconds later go before him, those who call later "
        "stay behind him.",
    )
    x0, scale = 90.0, 4.1

    def at(second: float) -> float:
        return x0 + second * scale

    sheet.rect(at(0), 66, 90 * scale, 118, fill=ORANGE.pale, round_by=0)
    sheet.rect(at(90), 66, 50 * scale, 118, fill=GREEN.pale, round_by=0)
    sheet.text(
        at(45), 86, "VIPs who begin to wait here go before Tom", anchor="middle", size=12, fill=ORANGE.strong, bold=True
    )
    sheet.text(at(115), 86, "these stay behind him", anchor="middle", size=12, fill=GREEN.strong, bold=True)
    sheet.text(20, 140, "VIPs", bold=True)
    for second in (12, 40, 61, 85):
        sheet.dot(at(second), 136, ORANGE)
        sheet.line([(at(second) - 7, 136), (at(second) - 30, 136)], color=ORANGE.strong, arrow=True)
    for second in (98, 121):
        sheet.dot(at(second), 136, GREEN)
    sheet.dot(at(0), 170, BLUE, radius=7)
    sheet.text(20, 174, "Tom", bold=True, fill=BLUE.strong)
    sheet.line([(at(0) + 10, 170), (at(90), 170)], color=BLUE.strong, width=2, arrow=True)
    sheet.text(at(45), 162, "20 s − (20 s − 90 s) = 90 s", anchor="middle", size=12, fill=BLUE.strong, bold=True)
    sheet.axis(at(0), at(146), 200, [(at(second), clock(second)) for second in (0, 30, 60, 90, 120)])
    return sheet


def proportional() -> Canvas:
    """Shares of two promises used up, crossing."""
    sheet = Canvas(
        330,
        "order: proportional puts first whose promise is used up more",
        "A callback promised within 100 seconds waits since 0, a call promised within 20 seconds waits since "
        "100. Until "
        "125 seconds the callback has the larger share of its promise used up, afterward the call.",
    )
    x0, x1, y0, y1 = 66.0, 600.0, 262.0, 62.0

    def at(second: float, share: float) -> tuple[float, float]:
        return x0 + (x1 - x0) * second / 150, y0 - (y0 - y1) * share / 2.5

    cross = at(125, 1.25)
    sheet.rect(x0, y1, cross[0] - x0, y0 - y1, fill=BLUE.pale, round_by=0)
    sheet.rect(cross[0], y1, x1 - cross[0], y0 - y1, fill=ORANGE.pale, round_by=0)
    for percent in (50, 100, 150, 200, 250):
        y = at(0, percent / 100)[1]
        sheet.line([(x0, y), (x1, y)], color=RULE if percent != 100 else MUTED, width=1, dash=percent == 100)
        sheet.note(x0 - 8, y + 4, f"{percent} %", anchor="end")
    sheet.text(
        (x0 + cross[0]) / 2,
        y1 + 22,
        "until 125 s the callback goes first",
        anchor="middle",
        bold=True,
        fill=BLUE.strong,
    )
    sheet.text((x1 + cross[0]) / 2, y1 - 8, "then the call", anchor="middle", bold=True, fill=ORANGE.strong, size=12)
    sheet.line([at(0, 0), at(150, 1.5)], color=BLUE.strong, width=2.5)
    sheet.line([at(100, 0), at(150, 2.5)], color=ORANGE.strong, width=2.5)
    sheet.dot(*cross, GRAY)
    sheet.note(
        at(52, 0)[0], at(0, 0.84)[1], "callback: waits since 0 s, promise 100 s", anchor="middle", fill=BLUE.strong
    )
    sheet.note(x1 + 8, at(0, 1.5)[1] + 4, "callback 150 %", fill=BLUE.strong)
    sheet.note(x1 + 8, at(0, 2.5)[1] + 4, "call 250 %", fill=ORANGE.strong)
    sheet.note(at(99, 0)[0], at(0, 0.16)[1], "call: since 100 s, promise 20 s", anchor="end", fill=ORANGE.strong)
    sheet.axis(x0, x1 + 12, y0, [(at(second, 0)[0], f"{second} s") for second in (0, 50, 100, 125, 150)])
    sheet.note(
        20,
        314,
        "order: due compares due times, 0 + 100 s and 100 + 20 s: there the callback goes first, and stays first.",
    )
    return sheet


def place() -> Canvas:
    """Callback, transfer and hold: the wait goes on counting."""
    sheet = Canvas(
        322,
        "The place is kept",
        "Three customers whose wait goes on counting from its first moment: a callback, a transfer and a hold, against "
        "customers who came meanwhile.",
    )
    x0, scale = 180.0, 39.0

    def at(minute: float) -> float:
        return x0 + minute * scale

    def bar(y: float, start: float, end: float, words: str, color: Color, *, dash: bool = False) -> None:
        sheet.rect(at(start), y, (end - start) * scale - 2, 28, fill=color.pale, stroke=color.strong, dash=dash)
        sheet.text((at(start) + at(end)) / 2, y + 18, words, size=11.5, anchor="middle")

    rows = [
        (
            "Tom",
            "callback",
            62,
            [
                (0, 2, "waits", BLUE),
                (2, 10, "SCHEDULED: “call me back at 9:10”", GRAY),
                (10, 12.6, "waits since 9:00", BLUE),
            ],
        ),
        (
            "Uma",
            "transfer",
            132,
            [
                (1, 2, "", BLUE),
                (2, 7, "served at the first line", GREEN),
                (7, 12.6, "second line: waits since 9:01", BLUE),
            ],
        ),
        (
            "Vera",
            "hold",
            202,
            [(3, 5, "waits", BLUE), (5, 9, "HELD: fetches her card", GRAY), (9, 12.6, "waits since 9:03", BLUE)],
        ),
    ]
    for name, what, y, bars in rows:
        sheet.text(24, y + 12, name, bold=True)
        sheet.note(24, y + 28, what)
        for start, end, words, color in bars:
            bar(y, start, end, words, color, dash=color is GRAY)
        first = bars[0][0]
        sheet.line([(at(first), y - 8), (at(first), y + 32)], color=BLUE.strong, width=3)
    for minute, words, y in ((4, "Will calls at 9:04, ranks behind Tom all the same", 118),):
        sheet.dot(at(minute), y - 10, ORANGE, radius=4)
        sheet.note(at(minute) + 10, y - 6, words, fill=ORANGE.strong)
    sheet.axis(at(0), at(13.2), 256, [(at(minute), f"9:{minute:02d}") for minute in (0, 2, 4, 6, 8, 10, 12)])
    sheet.note(
        24,
        304,
        "Thick blue line: the moment that counts. It moves neither for a callback nor for a transfer, a hold "
        "or a declined offer.",
    )
    return sheet


def life() -> Canvas:
    """The states of an interaction."""
    sheet = Canvas(
        330,
        "Every interaction is in exactly one of these states",
        "From SCHEDULED or directly to WAITING, to OFFERED, to ASSIGNED, to COMPLETED; from OFFERED back to WAITING or "
        "to HELD; from WAITING to ABANDONED, EXPIRED or REJECTED.",
    )
    ink = MUTED
    sheet.box(40, 56, 150, 40, "SCHEDULED", GRAY, bold=True)
    sheet.box(40, 140, 150, 56, ["WAITING", "in its line"], BLUE)
    sheet.box(300, 140, 150, 56, ["OFFERED", "rings at an agent"], BLUE)
    sheet.box(560, 140, 150, 56, ["ASSIGNED", "somebody serves"], BLUE)
    sheet.box(300, 250, 150, 56, ["HELD", "out of the line"], GRAY)
    sheet.box(560, 250, 150, 56, ["COMPLETED", "served"], GREEN)
    sheet.box(24, 250, 182, 56, ["ABANDONED", "or EXPIRED, REJECTED"], ORANGE)
    sheet.line([(115, 96), (115, 139)], color=ink, arrow=True)
    sheet.note(122, 116, "its time comes")
    sheet.line([(190, 156), (299, 156)], color=ink, arrow=True)
    sheet.note(244, 150, "an agent is free", anchor="middle")
    sheet.line([(300, 182), (191, 182)], color=ink, arrow=True)
    sheet.note(245, 198, "declined, missed", anchor="middle")
    sheet.line([(450, 168), (559, 168)], color=ink, arrow=True)
    sheet.note(504, 162, "accepted", anchor="middle")
    sheet.line([(375, 196), (375, 249)], color=ink, arrow=True)
    sheet.note(382, 228, "missed five times")
    sheet.line([(300, 278), (254, 278), (254, 222), (170, 222), (170, 197)], color=ink, arrow=True)
    sheet.note(248, 240, "tried again", anchor="end")
    sheet.line([(635, 196), (635, 249)], color=ink, arrow=True)
    sheet.note(642, 228, "talk ends")
    sheet.line([(60, 196), (60, 249)], color=ink, arrow=True)
    sheet.note(67, 240, "hangs up")
    sheet.line([(635, 140), (635, 76), (270, 76), (270, 130), (165, 130), (165, 139)], color=ink, arrow=True)
    sheet.note(452, 68, "transfer, failed media, agent lost: back at the old place", anchor="middle")
    return sheet


PICTURES = (order, overtaking, proportional, place, life)
