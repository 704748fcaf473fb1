"""A load's verdict for people: tables of 80 columns, and a part of Locust's own report."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from jinja2 import Environment
from rich.console import Console
from rich.text import Text

from ..terminal import put, say, table
from .plan import said_duration
from .verdict import FORMULA, Verdict

_MARK: Final = '<div id="root">'
_PART: Final = """\
<section id="acdcore">
<style>
  #acdcore { font: 15px/1.5 system-ui, sans-serif; max-width: 1200px; margin: 0 auto; padding: 24px; color: #222; }
  #acdcore h1 { font-size: 1.5em; margin: 0 0 .3em; } #acdcore h2 { font-size: 1.1em; margin: 1.4em 0 .4em; }
  #acdcore table { border-collapse: collapse; } #acdcore p { max-width: 44em; margin: .4em 0; }
  #acdcore th, #acdcore td { padding: 3px 18px 3px 0; text-align: right; border-bottom: 1px solid #ddd; }
  #acdcore th { font-weight: 600; } #acdcore tr > *:first-child, #acdcore .words { text-align: left; }
  #acdcore .kept { color: #15692c; } #acdcore .missed { color: #b3151c; font-weight: 600; }
  #acdcore .columns { display: flex; flex-wrap: wrap; gap: 0 56px; }
</style>
<h1>acdcore under load: <span class="{{ 'kept' if v.good else 'missed' }}">{{ headline }}</span></h1>
<p>{{ v.about }}</p>
{% for problem in v.problems %}<p class="missed">{{ problem }}</p>{% endfor %}
<div class="columns">
<div><h2>Thresholds</h2><table><tr><th>of</th><th>wanted</th><th>measured</th><th></th></tr>
{% for c in v.checks %}<tr><td>{{ c.about }}</td><td>{{ c.wanted }}</td><td>{{ c.measured }}</td>
<td class="{{ 'kept' if c.kept else 'missed' }}">{{ 'kept' if c.kept else 'MISSED' }}</td></tr>{% endfor %}
</table></div>
<div><h2>Service level</h2><table>
<tr><th>queue</th><th class="words">tier</th><th>count</th><th>in target</th><th>level</th></tr>
{% for queue, tier, s in v.levels %}<tr><td>{{ queue or 'all' }}</td><td class="words">{{ tier or 'all' }}</td>
<td>{{ '{:,}'.format(s.eligible) }}</td><td>{{ '{:,}'.format(s.met) }}</td>
<td>{{ '-' if s.level is none else '{:.1%}'.format(s.level) }}</td></tr>{% endfor %}
</table><p>{{ formula }}</p></div>
<div><h2>The books</h2><table><tr><th></th><th>users</th><th>server</th></tr>
{% for b in v.books %}<tr><td>{{ b.kind }}</td><td>{{ '{:,}'.format(b.users) }}</td>
<td>{{ '{:,}'.format(b.server) }}</td></tr>{% endfor %}</table>
{% for note, number in v.notes.items() %}<p>{{ '{:,}'.format(number) }} {{ note }}</p>{% endfor %}</div>
</div>
</section>
"""


def headline(verdict: Verdict) -> str:
    """Return the verdict in one line."""
    missed = sum(not check.kept for check in verdict.checks)
    count = len(verdict.checks)
    kept = f"{count} thresholds kept" if not missed else f"{missed} of {count} thresholds missed"
    return f"{kept}, {'everything adds up' if not verdict.problems else 'the books do not balance'}"


def amend(path: Path, verdict: Verdict) -> None:
    """Put the verdict at the head of a report that Locust has written."""
    page = path.read_text(encoding="utf-8")
    part = Environment(autoescape=True).from_string(_PART)
    text = part.render(v=verdict, headline=headline(verdict), formula=FORMULA)
    head, mark, tail = page.rpartition(_MARK)
    path.write_text(f"{head}{text}{mark}{tail}" if mark else f"{page}{text}", encoding="utf-8")


def show(console: Console, verdict: Verdict) -> None:
    """Print the verdict."""
    say(console, f"Load: {verdict.about}", "bold")
    say(console)
    timings = table("Calls and times at the users", "", "count", "failed", "p50", "p99", "longest")
    for row in verdict.timings:
        if row.kind != "wait":
            times = [said_duration(row.quantiles_ms[share] * 1e6) for share in (0.5, 0.99, 1.0)]
            timings.add_row(row.name, f"{row.count:,}", f"{row.failed:,}", *times)
    put(console, timings)
    level = table(
        "Service level as the users saw it", "queue", "tier", "count", "in target", "level", "p50", "p99", left=2
    )
    waits = {row.name: row for row in verdict.timings if row.kind == "wait"}
    for queue, tier, found in verdict.levels:
        wait = waits.get(f"{queue} {tier}")
        times = [said_duration(wait.quantiles_ms[share] * 1e6) for share in (0.5, 0.99)] if wait else ["", ""]
        share = "-" if found.level is None else f"{found.level:.1%}"
        level.add_row(queue or "all", tier or "all", f"{found.eligible:,}", f"{found.met:,}", share, *times)
    put(console, level)
    say(console, FORMULA)
    say(console)
    books = table("The books", "", "users", "server")
    for one in verdict.books:
        books.add_row(one.kind, f"{one.users:,}", f"{one.server:,}")
    put(console, books)
    notes = ", ".join(f"{number:,} {note}" for note, number in verdict.notes.items() if number)
    if notes:
        say(console, f"{notes}.")
    say(console)
    checks = table("Thresholds", "", "wanted", "measured", "")
    for check in verdict.checks:
        mark = Text("kept", style="green") if check.kept else Text("MISSED", style="bold red")
        checks.add_row(check.about, check.wanted, check.measured, mark)
    put(console, checks)
    for problem in verdict.problems:
        say(console, f"FAILED: {problem}", "bold red")
    say(console, headline(verdict), "green" if verdict.good else "bold red")
