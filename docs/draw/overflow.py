"""Pictures about plans, overflow, borrowing and reserves."""

from __future__ import annotations

from .canvas import BLUE, GRAY, GREEN, MUTED, ORANGE, RULE, Canvas, Color


def plan() -> Canvas:
    """One plan, lived through in three situations."""
    sheet = Canvas(
        330,
        "A plan widens with time",
        "Normally: specialists from 0 s, everybody with stocks 4 from 20 s, priority 5 from 40 s, regular staff as "
        "well from 60 s if three wait, second line from 120 s. Without a specialist signed in the second step begins "
        "at once. With only one waiting the fourth step does not hold.",
    )
    x0, scale = 178.0, 3.75

    def at(second: float) -> float:
        return x0 + second * scale

    colors: dict[str, Color] = {
        "stocks ≥ 7": BLUE,
        "stocks ≥ 4": GREEN,
        "stocks ≥ 4 or regular ≥ 5": ORANGE,
        "second line": GRAY,
    }
    cases = [
        (
            "A busy morning",
            "5 wait",
            [
                (0, 20, "stocks ≥ 7"),
                (20, 60, "stocks ≥ 4"),
                (60, 120, "stocks ≥ 4 or regular ≥ 5"),
                (120, 142, "second line"),
            ],
        ),
        (
            "Busy, no specialist",
            "nobody has stocks 7",
            [(0, 60, "stocks ≥ 4"), (60, 120, "stocks ≥ 4 or regular ≥ 5"), (120, 142, "second line")],
        ),
        ("A quiet morning", "1 waits", [(0, 20, "stocks ≥ 7"), (20, 120, "stocks ≥ 4"), (120, 142, "second line")]),
    ]
    for second, words in ((0, "step 1"), (20, "step 2"), (60, "step 4, if 3 wait"), (120, "step 5: moves")):
        sheet.line([(at(second), 66), (at(second), 262)], color=RULE, width=1.2, dash=True)
        sheet.text(at(second), 60, words, size=12, bold=True)
    sheet.line([(at(40), 50), (at(40), 262)], color=RULE, width=1.2, dash=True)
    sheet.text(at(40), 46, "step 3: priority 5", size=12, bold=True)
    for row, (name, why, bands) in enumerate(cases):
        y = 82 + row * 62
        sheet.text(24, y + 16, name, bold=True)
        sheet.note(24, y + 32, why)
        for start, end, words in bands:
            color = colors[words]
            sheet.rect(at(start), y, (end - start) * scale - 2, 40, fill=color.pale, stroke=color.strong)
            size = 12 if end - start > 25 else 11.5
            sheet.text((at(start) + at(end)) / 2 - 1, y + 25, words, size=size, anchor="middle", bold=True)
    sheet.axis(at(0), at(146), 272, [(at(second), f"{second} s") for second in (0, 20, 40, 60, 120)])
    sheet.note(24, 318, "The wait counts from the first second in every step, and goes on counting in the second line.")
    return sheet


def overflow() -> Canvas:
    """The questions at a queue's door, and while waiting."""
    sheet = Canvas(
        322,
        "What a queue asks at its door, and later",
        "At the door: is it open, could anybody signed in serve, is there room. Then it waits, at most ten "
        "minutes. Each "
        "answer of no leads to a stated way out: turn away, wait all the same, or move to another queue.",
    )
    doors = [
        ("open?", "opening hours", "closed: move", "to “voicemail”"),
        ("staffed?", "somebody signed in", "unstaffed: wait", "all the same"),
        ("room?", "fewer than 50 wait", "full: reject", "a clear refusal"),
    ]
    sheet.box(24, 92, 82, 46, ["Tom", "calls"], BLUE)
    for column, (question, what, way, where) in enumerate(doors):
        x = 140 + column * 148
        sheet.line([(x - 34 if column == 0 else x - 22, 115), (x - 1, 115)], color=GREEN.strong, arrow=True, width=2)
        sheet.box(x, 86, 126, 58, [question, what], GRAY, size=12.5)
        sheet.line([(x + 63, 144), (x + 63, 203)], color=ORANGE.strong, arrow=True, width=2)
        sheet.note(x + 70, 178, "no", fill=ORANGE.strong)
        sheet.box(x, 204, 126, 52, [way, where], ORANGE, size=12.5)
    sheet.line([(562, 115), (583, 115)], color=GREEN.strong, arrow=True, width=2)
    sheet.box(584, 86, 132, 58, ["WAITING", "at most 10 min"], BLUE, size=12.5)
    sheet.line([(650, 144), (650, 203)], color=ORANGE.strong, arrow=True, width=2)
    sheet.note(657, 178, "10 min")
    sheet.box(584, 204, 132, 52, ["move", "to “callbacks”"], ORANGE, size=12.5)
    sheet.note(351, 66, "at the door, in this order", anchor="middle")
    sheet.line([(140, 80), (140, 74), (562, 74), (562, 80)], color=MUTED, width=1)
    sheet.note(
        24, 290, "Whoever is moved keeps the moment when the wait began. A queue is entered once at most, so nobody"
    )
    sheet.note(
        24, 308, "is sent in circles. With no way to move on, a newcomer is refused with a reason, and who waits stays."
    )
    return sheet


WAITING = (
    (0, 2),
    (20, 4),
    (40, 6),
    (60, 8),
    (80, 9),
    (100, 7),
    (120, 5),
    (140, 4),
    (160, 2),
    (180, 3),
    (200, 5),
    (220, 7),
    (240, 4),
)
"""How many wait in the queue that borrows: (from second, number)."""
LENDER = ((0, 0), (90, 2), (110, 1), (140, 0))
"""How many wait in the queue that lends."""
GATE = ((60, 160),)
"""When the gate is open: (from, to), in seconds."""


def borrowing() -> Canvas:
    """The number waiting, two thresholds, and when the gate is open."""
    sheet = Canvas(
        352,
        "Borrowing begins at 8 waiting, and ends below 3",
        "The number waiting rises to 8 at 60 seconds, when the gate opens, and falls below 3 at 160 seconds, when it "
        "closes; at 220 seconds seven wait and it stays closed.",
    )
    x0, scale, y0, unit = 116.0, 2.15, 212.0, 15.5

    def at(second: float) -> float:
        return x0 + second * scale

    for start, end in GATE:
        sheet.rect(at(start), 52, (end - start) * scale, 240, fill=GREEN.pale, round_by=0)
        sheet.text((at(start) + at(end)) / 2, 68, "lent", anchor="middle", bold=True, fill=GREEN.strong)
    for level, words in ((8, ("opens", "at 8")), (3, ("closes", "below 3"))):
        sheet.line([(x0, y0 - level * unit), (at(260), y0 - level * unit)], color=ORANGE.strong, width=1.3, dash=True)
        sheet.note(at(260) + 5, y0 - level * unit - 2, words[0], fill=ORANGE.strong)
        sheet.note(at(260) + 5, y0 - level * unit + 11, words[1], fill=ORANGE.strong)
    sheet.line([(x0, y0), (x0, 60)], color=MUTED, width=1.2)
    for level in (0, 3, 8):
        sheet.note(x0 - 8, y0 - level * unit + 4, str(level), anchor="end")
    sheet.note(20, 120, "waiting")
    sheet.note(20, 136, "in sales")
    steps: list[tuple[float, float]] = []
    for (start, count), (stop, _) in zip(WAITING, (*WAITING[1:], (260, 0)), strict=True):
        steps += [(at(start), y0 - count * unit), (at(stop), y0 - count * unit)]
    sheet.line(steps, color=BLUE.strong, width=2.5)
    base = 288.0
    sheet.note(20, 262, "waiting in")
    sheet.note(20, 278, "support, the")
    sheet.note(20, 294, "lender")
    steps = []
    for (start, count), (stop, _) in zip(LENDER, (*LENDER[1:], (260, 0)), strict=True):
        steps += [(at(start), base - count * 10), (at(stop), base - count * 10)]
    sheet.line(steps, color=GRAY.strong, width=2.5)
    sheet.note(at(100), 258, "2: still allowed, closes above 4", anchor="start")
    sheet.axis(at(0), at(264), 304, [(at(second), f"{second} s") for second in (0, 60, 120, 160, 220)])
    sheet.note(20, 342, "Seven at 220 s are not enough to begin again, four at 140 s are not few enough to end.")
    return sheet


def reserve() -> Canvas:
    """Free agents, the last two of them kept for VIPs."""
    sheet = Canvas(
        306,
        "The last two free agents are for VIPs",
        "With four or three free agents anybody is served; with two or one only VIPs. An ordinary call that "
        "has been due for 60 seconds is served by them as well.",
    )
    for x, words in ((392, "a VIP call"), (522, "an ordinary call"), (652, "… due for 60 s")):
        sheet.text(x, 66, words, anchor="middle", bold=True, size=12)
    sheet.note(30, 66, "agents who may serve it and are free")
    for row, free in enumerate((4, 3, 2, 1)):
        y = 96 + row * 44
        if row:
            sheet.line([(18, y - 22), (722, y - 22)], color=RULE, width=1)
        sheet.text(30, y + 5, str(free), bold=True, size=16)
        for index in range(4):
            kept = index < 2
            color = ORANGE if kept else BLUE
            x = 80 + index * 46
            if index < free:
                sheet.dot(x, y - 6, color, radius=5)
                sheet.rect(x - 9, y + 2, 18, 11, fill=color.strong, round_by=5)
            else:
                sheet.rect(x - 9, y - 11, 18, 24, stroke=RULE, round_by=5, dash=True)
        sheet.yes(392, y)
        (sheet.yes if free > 2 else sheet.no)(522, y)
        sheet.yes(652, y)
    sheet.note(71, 268, "kept for VIPs", fill=ORANGE.strong)
    sheet.note(163, 268, "for everybody", fill=BLUE.strong)
    sheet.note(
        30, 290, "“May serve it and is free” counts for each call by its own requirement, not all agents of the center."
    )
    return sheet


PICTURES = (plan, overflow, borrowing, reserve)
