"""Pictures about agents: who may serve, whom each strategy picks, occupancy, presence."""

from __future__ import annotations

from .canvas import BLUE, GRAY, GREEN, INK, MUTED, ORANGE, RULE, WIDTH, Canvas


def who() -> Canvas:
    """Five agents held against one requirement."""
    sheet = Canvas(
        298,
        "Who may serve a call for stocks?",
        "Five agents against a requirement of four parts. Clara and Anna may serve, Clara first; the others "
        "lack a part.",
    )
    columns = [
        (150, 128, ["all of", "stocks ≥ 5"], BLUE),
        (286, 158, ["any of", "english ≥ 3, german ≥ 3"], BLUE),
        (452, 82, ["excluded", "trainee"], ORANGE),
        (542, 82, ["preferred", "gold"], GREEN),
    ]
    for x, width, lines, color in columns:
        sheet.box(x, 48, width, 44, lines, color, size=12)
    sheet.text(677, 66, "may serve", bold=True, anchor="middle", size=12)
    sheet.text(677, 82, "and in which place", anchor="middle", size=11)
    people = [
        ("Anna", "stocks 7", "english 5", True, False, "2nd"),
        ("Ben", "stocks 4", "english 8", True, False, ""),
        ("Clara", "stocks 6", "german 3", True, True, "1st"),
        ("David", "stocks 9", "french 9", True, True, ""),
        ("Eva", "stocks 8", "english 9", False, False, ""),
    ]
    failed = {("Ben", 0), ("David", 1), ("Eva", 2)}
    for row, (name, first, second, no_trainee, gold, place) in enumerate(people):
        y = 124 + row * 36
        sheet.rect(14, y - 22, WIDTH - 28, 32, fill=GREEN.pale if place else "none")
        sheet.text(30, y, name, bold=True)
        cells = [first, second, "" if no_trainee else "trainee", "gold" if gold else "-"]
        for column, ((x, width, _, _), words) in enumerate(zip(columns, cells, strict=True)):
            left = x + 12
            if column < 3:
                (sheet.no if (name, column) in failed else sheet.yes)(left, y - 4)
                left += 14
            sheet.text(left, y, words, fill=MUTED if words == "-" else INK)
            assert left + len(words) < x + width
        if place:
            sheet.text(677, y, f"yes, {place}", bold=True, fill=GREEN.strong, anchor="middle")
        else:
            sheet.text(677, y, "no", bold=True, fill=ORANGE.strong, anchor="middle")
    return sheet


STRATEGIES = {
    "least_occupied": "Anna",
    "longest_idle": "Ben",
    "round_robin": "Clara",
    "best_skilled": "David",
    "fewest_skills": "Eva",
    "fewest_handled": "Felix",
}
"""Whom each strategy picks among the six agents of the picture."""


def strategies() -> Canvas:
    """Six free agents, and the one that each strategy picks."""
    sheet = Canvas(
        332,
        "One call, six free agents: whom does each strategy pick?",
        "A table of six agents by what each strategy looks at. "
        + ", ".join(f"{s}: {a}" for s, a in STRATEGIES.items()),
    )
    columns = [
        ("least_occupied", "work lately", ["5 %", "11 %", "37 %", "34 %", "36 %", "39 %"]),
        ("longest_idle", "idle for", ["14 min", "40 min", "20 min", "20 min", "18 min", "15 min"]),
        (
            "round_robin",
            "last offer",
            ["15 min ago", "52 min ago", "58 min ago", "48 min ago", "46 min ago", "50 min ago"],
        ),
        ("best_skilled", "level", ["5", "6", "4", "9", "3", "5"]),
        ("fewest_skills", "skills", ["2", "3", "2", "3", "1", "2"]),
        ("fewest_handled", "handled", ["3", "2", "2", "2", "2", "1"]),
    ]
    names = ["Anna", "Ben", "Clara", "David", "Eva", "Felix"]
    left, step = 80, 108.5
    for column, (strategy, measure, values) in enumerate(columns):
        x = left + column * step
        sheet.box(x, 48, step - 6, 26, strategy, BLUE, size=11.5, bold=True)
        sheet.note(x + (step - 6) / 2, 92, measure, anchor="middle")
        for row, (name, value) in enumerate(zip(names, values, strict=True)):
            y = 122 + row * 32
            picked = STRATEGIES[strategy] == name
            if picked:
                sheet.rect(x + 2, y - 19, step - 10, 28, fill=GREEN.pale, stroke=GREEN.strong)
            sheet.text(x + (step - 6) / 2, y, value, anchor="middle", bold=picked, fill=GREEN.strong if picked else INK)
    for row, name in enumerate(names):
        y = 122 + row * 32
        sheet.text(24, y, name, bold=True)
        if row:
            sheet.line([(18, y - 21), (WIDTH - 14, y - 21)], color=RULE, width=1)
    sheet.note(
        24,
        318,
        "random looks at nothing of this: each agent has the same chance, by a number fixed in the center's file.",
    )
    return sheet


def occupancy() -> Canvas:
    """Two agents after the same hour of work; one of them takes a break."""
    sheet = Canvas(
        340,
        "A break changes nobody's place",
        "Occupancy of two agents. Both work for an hour and stand at 75 percent. Anna stays available and "
        "falls to 37.5 "
        "percent in half an hour. Ben takes a break of 15 minutes, during which his occupancy stands still, and then "
        "falls to 53 percent.",
    )
    x0, x1, y0, y1 = 62.0, 560.0, 280.0, 60.0

    def at(minute: float, share: float) -> tuple[float, float]:
        return x0 + (x1 - x0) * minute / 90, y0 - (y0 - y1) * share

    working = [(minute, 1 - 0.5 ** (minute / 30)) for minute in range(0, 61, 2)]
    anna = working + [(60 + minute, 0.75 * 0.5 ** (minute / 30)) for minute in range(0, 31, 2)]
    ben = [*working, (75, 0.75)] + [(75 + minute, 0.75 * 0.5 ** (minute / 30)) for minute in range(16)]
    left, right = at(60, 0)[0], at(75, 0)[0]
    sheet.rect(left, y1 - 6, right - left, y0 - y1 + 6, fill=ORANGE.pale, round_by=0)
    sheet.note((left + right) / 2, y1 + 10, "Ben's break", anchor="middle", fill=ORANGE.strong)
    for percent in (25, 50, 75, 100):
        _, y = at(0, percent / 100)
        sheet.line([(x0, y), (x1, y)], color=RULE, width=1)
        sheet.note(x0 - 8, y + 4, f"{percent} %", anchor="end")
    sheet.axis(x0, x1 + 14, y0, [(at(minute, 0)[0], f"{minute} min") for minute in (0, 30, 60, 75, 90)])
    sheet.line([at(*point) for point in ben], color=ORANGE.strong, width=2.5)
    sheet.line([at(*point) for point in anna], color=BLUE.strong, width=2.5)
    sheet.line([at(75, 0.75), at(75, 0.02)], color=GRAY.strong, width=1.6, dash=True, arrow=True)
    sheet.text(*at(21, 0.5), "both at work", anchor="end", halo=True)
    x, y = at(90, 0.375)
    sheet.text(x + 10, y + 5, "Anna 37.5 %: goes first", bold=True, fill=BLUE.strong, size=12)
    x, y = at(90, 0.75 * 0.5**0.5)
    sheet.text(x + 10, y + 5, "Ben 53 %", bold=True, fill=ORANGE.strong, size=12)
    sheet.note(
        20,
        324,
        "Dashed: what a system does that starts to count anew when somebody comes back. Ben would be first, "
        "or be flooded.",
    )
    return sheet


def presence() -> Canvas:
    """What an agent chooses, and what follows, over three minutes."""
    sheet = Canvas(
        300,
        "What Anna chooses, and what she is doing",
        "A timeline. Anna signs in at 0, gets an offer at 20 seconds, accepts at 25, asks for lunch at 60, "
        "her call ends at 120, her wrap-up at 150, when her lunch begins.",
    )
    x0, scale = 130.0, 3.0

    def at(second: float) -> float:
        return x0 + second * scale

    def band(y: float, start: float, end: float, words: str, color: tuple[str, str, str]) -> None:
        sheet.rect(at(start), y, (end - start) * scale - 2, 34, fill=color[2], stroke=color[1])
        if words:
            sheet.text((at(start) + at(end)) / 2 - 1, y + 21, words, size=12, anchor="middle", bold=True)

    sheet.text(20, 83, "presence", bold=True)
    sheet.note(20, 99, "she chooses it")
    band(70, 0, 60, "AVAILABLE", GREEN)
    band(70, 60, 150, "DRAINING", ORANGE)
    band(70, 150, 190, "NOT_READY", GRAY)
    sheet.text(20, 163, "state", bold=True)
    sheet.note(20, 179, "it follows")
    band(150, 0, 20, "IDLE", GRAY)
    band(150, 20, 25, "", ORANGE)
    band(150, 25, 120, "BUSY", BLUE)
    band(150, 120, 150, "WRAP_UP", GREEN)
    band(150, 150, 190, "IDLE", GRAY)
    marks = [
        (0, "signs in", 0),
        (60, "lunch, please", 0),
        (150, "lunch begins, by itself", 0),
        (20, "OFFERED for 5 s", 1),
        (120, "the call ends", 1),
    ]
    for second, words, row in marks:
        if row:
            sheet.line([(at(second), 184), (at(second), 206)], color=MUTED, width=1, dash=True)
            sheet.note(at(second) + 3, 204, words)
        else:
            sheet.line([(at(second), 54), (at(second), 70)], color=MUTED, width=1, dash=True)
            sheet.note(at(second) + 3, 60, words)
    sheet.axis(at(0), at(193), 236, [(at(second), f"{second} s") for second in (0, 25, 60, 120, 150)])
    sheet.note(
        20,
        286,
        "DRAINING keeps what there is and takes nothing new: no new call comes between “lunch, please” and lunch.",
    )
    return sheet


PICTURES = (who, strategies, occupancy, presence)
