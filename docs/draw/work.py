"""Pictures about channels and capacity."""

from __future__ import annotations

from .canvas import BLUE, GRAY, GREEN, MUTED, ORANGE, RULE, Canvas, Color

COLORS = {"chat": BLUE, "e-mail": GREEN, "call": ORANGE}
COST = {"chat": 30, "e-mail": 40, "call": 100}
CASES = (
    (("chat", "chat"), (False, True, True)),
    (("chat", "chat", "chat"), (False, False, False)),
    (("e-mail",), (True, True, True)),
    (("e-mail", "chat"), (False, True, False)),
    (("e-mail", "call"), (False, False, False)),
)
"""What an agent holds, and whether another call, chat or e-mail may be offered."""


def channels() -> Canvas:
    """What fits beside what in an agent's hundred units."""
    sheet = Canvas(
        334,
        "What fits into an agent's 100 units?",
        "; ".join(f"{' and '.join(held)}: call {fits[0]}, chat {fits[1]}, e-mail {fits[2]}" for held, fits in CASES),
    )
    x0, scale = 30.0, 3.0
    for x, words in ((520, "a call"), (600, "a chat"), (680, "an e-mail")):
        sheet.text(x, 66, words, bold=True, anchor="middle", size=12)
    sheet.note(600, 48, "may be offered besides?", anchor="middle")
    sheet.note(x0, 66, "0")
    sheet.note(x0 + 100 * scale, 66, "100 units", anchor="middle")
    for row, (held, fits) in enumerate(CASES):
        y = 78 + row * 44
        left = x0
        call = "call" in held
        sheet.rect(x0, y, 100 * scale, 30, fill=GRAY.pale, stroke=RULE)
        for kind in held:
            color: Color = COLORS[kind]
            width = COST[kind] * scale
            if call and kind == "e-mail":
                sheet.rect(x0 + 100 * scale + 8, y, width, 30, fill=color.pale, stroke=color.strong, dash=True)
                sheet.note(
                    x0 + 100 * scale + 8 + width / 2, y + 19, "e-mail, waits", anchor="middle", fill=color.strong
                )
                continue
            sheet.rect(left, y, width - 1, 30, fill=color.pale, stroke=color.strong)
            sheet.text(left + width / 2, y + 19, f"{kind} {COST[kind]}", anchor="middle", size=12, bold=True)
            left += width
        for column, fit in zip((520, 600, 680), fits, strict=True):
            (sheet.yes if fit else sheet.no)(column, y + 15)
    rules = (
        ("call", "cost 100, may interrupt e-mail"),
        ("chat", "cost 30, at most 3"),
        ("e-mail", "cost 40, at most 2"),
    )
    for x, (kind, rule) in zip((30, 310, 520), rules, strict=True):
        sheet.rect(x, 308, 12, 12, fill=COLORS[kind].pale, stroke=COLORS[kind].strong, round_by=2)
        sheet.note(x + 20, 318, f"{kind}: {rule}")
    return sheet


def claims() -> Canvas:
    """Chats refill every gap, unless the call claims the agent."""
    sheet = Canvas(
        404,
        "A call among chats: without a claim, and with one",
        "Without a claim new chats fill each gap and the call still waits after 150 seconds. With a claim "
        "the agent takes no new chat after 20 seconds, the last chat ends at 110 seconds, and the call is offered.",
    )
    x0, scale = 134.0, 3.65

    def at(second: float) -> float:
        return x0 + second * scale

    def half(y: float, title: str, later: list[list[tuple[float, float]]], waits_until: float) -> None:
        sheet.text(24, y, title, bold=True)
        for lane, more in enumerate(later):
            top = y + 10 + lane * 24
            end = (40, 70, 110)[lane]
            sheet.note(104, top + 14, f"chat {lane + 1}", anchor="end")
            sheet.rect(at(-5), top, (end + 5) * scale - 1, 19, fill=BLUE.pale, stroke=BLUE.strong)
            for start, stop in more:
                sheet.rect(at(start) + 1, top, (stop - start) * scale - 2, 19, fill=BLUE.pale, stroke=BLUE.strong)
                sheet.note((at(start) + at(stop)) / 2, top + 14, "another chat", anchor="middle", fill=BLUE.strong)
        top = y + 86
        sheet.text(104, top + 15, "the call", anchor="end", size=12, bold=True, fill=ORANGE.strong)
        sheet.rect(at(0), top, waits_until * scale, 20, fill=ORANGE.pale, stroke=ORANGE.strong, dash=True)

    half(64, "claims: false", [[(40, 155)], [(70, 155)], [(110, 155)]], 155)
    sheet.note(at(60), 165, "still waits when all three chats have been replaced", anchor="middle", fill=ORANGE.strong)
    half(216, "claims: true", [[], [], []], 110)
    sheet.rect(at(110) + 1, 302, 45 * scale, 20, fill=ORANGE.strong, stroke=ORANGE.strong)
    sheet.text(at(132.5), 316, "served", anchor="middle", size=12, bold=True, fill="#ffffff")
    for start, y in ((40, 226), (70, 250)):
        sheet.note(at(start) + 8, y + 14, "kept free")
    sheet.line([(at(20), 54), (at(20), 340)], color=MUTED, width=1.2, dash=True)
    sheet.note(at(20) + 6, 317, "claims her", fill=ORANGE.strong)
    sheet.axis(at(0), at(158), 352, [(at(second), f"{second} s") for second in (0, 20, 40, 70, 110, 150)])
    sheet.note(at(20), 390, "due", anchor="middle")
    return sheet


PICTURES = (channels, claims)
