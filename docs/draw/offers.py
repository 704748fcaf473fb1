"""Pictures about offers: an offer's life, five misses, a preferred agent."""

from __future__ import annotations

from .canvas import BLUE, GRAY, GREEN, MUTED, ORANGE, Canvas, Color


def offer() -> Canvas:
    """An offer and its five ends."""
    sheet = Canvas(
        352,
        "An offer's life",
        "An offer rings for 20 seconds. It is accepted, declined, expires, is revoked, or fails; what follows for the "
        "customer and for the agent is written beside each end.",
    )
    sheet.box(24, 158, 120, 60, ["PENDING", "rings for 20 s"], BLUE)
    ends: list[tuple[str, str, str, str, Color]] = [
        ("ACCEPTED", "first to say yes", "is served", "busy, then 30 s wrap-up", GREEN),
        ("DECLINED", "the agent says no", "back at the old place", "not this one for 30 s", ORANGE),
        ("EXPIRED", "20 s, no answer", "back at the old place", "NOT_READY: no answer", ORANGE),
        ("REVOKED", "hung up, or taken", "gone, or with another", "free at once", GRAY),
        ("FAILED", "yes, but no sound", "back at the old place", "not this one for 30 s", ORANGE),
    ]
    sheet.text(290, 62, "how it ends", bold=True, anchor="middle", size=12)
    sheet.text(464, 62, "the customer", bold=True, anchor="middle", size=12)
    sheet.text(634, 62, "the agent", bold=True, anchor="middle", size=12)
    for row, (name, why, customer, agent, color) in enumerate(ends):
        y = 72 + row * 54
        middle = y + 22
        if name != "FAILED":
            sheet.line([(145, 188), (176, 188), (176, middle), (213, middle)], color=MUTED, arrow=True)
        sheet.box(214, y, 150, 44, [name, why], color, size=12.5)
        sheet.text(464, middle + 5, customer, anchor="middle", size=12.5)
        sheet.text(634, middle + 5, agent, anchor="middle", size=12.5)
    sheet.line([(214, 86), (196, 86), (196, 310), (213, 310)], color=MUTED, arrow=True, dash=True)
    return sheet


def misses() -> Canvas:
    """One call that nobody can answer, and four agents."""
    sheet = Canvas(
        330,
        "A call that nobody can answer takes two agents out, not the floor",
        "Misses end at 20, 40, 60, 80 and 110 seconds. Anna and Ben become not ready, Clara and David stay available. "
        "After the fifth miss the call is held until 410 seconds.",
    )
    x0, scale = 100.0, 3.9

    def at(second: float) -> float:
        return x0 + second * scale

    rings = [("Anna", 0, 20), ("Ben", 20, 40), ("Clara", 40, 60), ("David", 60, 80), ("Clara", 90, 110)]
    rows = {"Anna": 0, "Ben": 1, "Clara": 2, "David": 3}
    for name, row in rows.items():
        y = 66 + row * 42
        sheet.text(24, y + 18, name, bold=True)
        first = next(end for who, _, end in rings if who == name)
        out = row < 2
        sheet.rect(at(0), y, 150 * scale, 28, fill=GREEN.pale, round_by=2)
        if out:
            sheet.rect(at(first), y, (150 - first) * scale, 28, fill=GRAY.pale, stroke=GRAY.strong, round_by=2)
            sheet.note(
                (at(first) + at(150)) / 2, y + 18, "NOT_READY (no answer), until back by own choice", anchor="middle"
            )
        else:
            sheet.note(at(130), y + 18, "stays AVAILABLE", anchor="middle", fill=GREEN.strong)
    for number, (name, start, end) in enumerate(rings, 1):
        y = 66 + rows[name] * 42
        sheet.rect(at(start), y, (end - start) * scale, 28, fill=ORANGE.pale, stroke=ORANGE.strong, round_by=2)
        sheet.text(at((start + end) / 2), y + 18, f"rings, {number}", anchor="middle", size=12, bold=True)
    y = 240
    sheet.text(24, y + 18, "the call", bold=True)
    sheet.rect(at(0), y, 110 * scale, 28, fill=BLUE.pale, stroke=BLUE.strong, round_by=2)
    sheet.note(at(40), y + 18, "offered", anchor="middle", fill=BLUE.strong)
    sheet.rect(at(80), y, 10 * scale, 28, fill="#ffffff", stroke=BLUE.strong, round_by=2)
    sheet.note(at(85), y + 18, "waits", anchor="middle", fill=BLUE.strong)
    sheet.rect(at(110), y, 40 * scale, 28, fill=ORANGE.strong, round_by=2)
    sheet.text(at(130), y + 18, "HELD until 410 s", anchor="middle", size=12, bold=True, fill="#ffffff")
    sheet.axis(at(0), at(156), 288, [(at(second), f"{second} s") for second in (0, 20, 40, 60, 80, 90, 110)])
    return sheet


def preferred() -> Canvas:
    """Four ways in which waiting for one's own agent can go."""
    sheet = Canvas(
        304,
        "Tom would like Anna again: prefer_last_agent: 30s",
        "Anna free: she gets the call at 0 s. Anna busy until 18 s: she gets it at 18 s. Anna busy for "
        "longer: Ben gets "
        "it at 30 s. Anna on a break: Ben gets it at 0 s.",
    )
    x0, scale = 220.0, 10.6

    def at(second: float) -> float:
        return x0 + second * scale

    cases = [
        ("Anna is free", 0, 0, "Anna, at once", GREEN),
        ("Anna is busy for 18 s", 18, 18, "Anna, after 18 s", GREEN),
        ("Anna is busy for 60 s", 60, 30, "Ben, after 30 s", BLUE),
        ("Anna is on a break", 0, 0, "Ben, at once", BLUE),
    ]
    sheet.line([(at(30), 54), (at(30), 244)], color=MUTED, width=1.2, dash=True)
    sheet.note(at(30), 50, "prefer_last_agent is over", anchor="middle")
    for row, (case, busy, answered, words, color) in enumerate(cases):
        y = 66 + row * 46
        sheet.text(24, y + 25, case, bold=True)
        if busy:
            sheet.rect(at(0), y, min(busy, 43) * scale, 15, fill=GRAY.pale, stroke=GRAY.strong, round_by=2)
            sheet.note(at(answered / 2), y + 12, "Anna talks", anchor="middle")
        if answered:
            sheet.rect(at(0), y + 17, answered * scale, 15, fill=ORANGE.pale, stroke=ORANGE.strong, round_by=2)
            sheet.note(at(answered / 2), y + 29, "Tom waits", anchor="middle", fill=ORANGE.strong)
        sheet.dot(at(answered), y + 24.5 if busy else y + 20.5, color)
        sheet.text(at(answered) + 12, y + 29 if busy else y + 25, words, bold=True, fill=color.strong, halo=True)
    sheet.axis(at(0), at(46), 256, [(at(second), f"{second} s") for second in (0, 10, 18, 30, 40)])
    return sheet


PICTURES = (offer, misses, preferred)
