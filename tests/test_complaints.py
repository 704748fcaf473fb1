"""What users of other routers complain of, as regression tests: wrong order, and unfair or broken choice of agents.

Each docstring says what was complained of and where. All of them run on the reference and on the compiled router.

Complaints of the same kinds that are no matter of the router: the position that is announced to callers (the door
announces nothing; the order behind it is tested here), and the screens of a particular product (what a score
consists of is in ``interaction()``, tested here too).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest

from acdcore.router import Core, Kind
from acdcore.router.codes import SECOND_NS
from acdcore.router.reference import Reference
from tables import Play

NewPlay = Callable[[str], Play]


@pytest.fixture(params=[Reference, Core], ids=["Reference", "Core"])
def play(request: pytest.FixtureRequest) -> NewPlay:
    return lambda text: Play(request.param(), text)


def offered(happened: list[str]) -> list[tuple[str, str]]:
    """Return (interaction, agent) of every offer made."""
    return [(words[2], words[3]) for words in map(str.split, happened) if words[0] == "offered"]


FOUR_AGENTS = """
0s tier all
0s queue work offer=10s cool_down=30s
0s agent a
0s agent b
0s agent c
0s agent d
"""


# ---------------------------------------------------------------------- wrong order, priorities, starvation


def test_the_oldest_first_across_queues(play: NewPlay) -> None:
    """No fair order over several queues: https://github.com/asterisk/asterisk/issues/108."""
    play("""
    0s tier all
    0s queue q1
    0s queue q2
    0s agent anna
    1s enqueue i1 q2 all
    2s enqueue i2 q1 all
    3s enqueue i3 q2 all
    4s sign_in anna => OK | anna available agent | offered o1 i1 anna
    5s cancel i1 => OK | revoked o1 customer | abandoned i1 customer | offered o2 i2 anna
    6s cancel i2 => OK | revoked o2 customer | abandoned i2 customer | offered o3 i3 anna
    """)


def test_priority_counts_across_queues_too(play: NewPlay) -> None:
    """The longest wait across queues then ignored priority: https://github.com/asterisk/asterisk/issues/1637."""
    play("""
    0s tier all
    0s queue q1
    0s queue q2
    0s agent anna
    1s enqueue old q1 all
    2s enqueue older_vip q2 all priority=5
    3s enqueue vip q1 all priority=10
    4s sign_in anna => OK | anna available agent | offered o1 vip anna
    5s cancel vip => OK | revoked o1 customer | abandoned vip customer | offered o2 older_vip anna
    6s cancel older_vip
    """)


def test_a_weighty_queue_does_not_block_agents_it_may_not_use(play: NewPlay) -> None:
    """A heavier queue starves others of agents that it cannot have: https://github.com/asterisk/asterisk/issues/1561."""
    play("""
    0s skill rare
    0s tier all
    0s queue heavy requires=rare:5 priority=100
    0s queue light requires=rare:1
    0s agent anna skills=rare:1
    1s enqueue h heavy all
    2s enqueue l light all
    3s sign_in anna => OK | anna available agent | offered o1 l anna
    """)


def test_thirteen_callers_are_answered_in_their_order(play: NewPlay) -> None:
    """The 8th of 13 callers was answered first: https://github.com/signalwire/freeswitch/issues/2511."""
    run = play("0s tier all\n0s queue work auto_accept=1\n0s agent anna")
    for number in range(1, 14):
        run(f"{number}s enqueue i{number} work all")
    happened = run("20s sign_in anna")
    for number in range(1, 14):
        happened += run(f"{20 + number}s complete i{number}")
    assert [of for of, _ in offered(happened)] == [f"i{number}" for number in range(1, 14)]


def test_nobody_moves_back_in_the_line(play: NewPlay) -> None:
    """A caller hears "7th", then "8th": https://github.com/fusionpbx/fusionpbx/pull/6743.

    Within a tier and a queue nobody who comes later, with whatever wait of this queue, gets before anybody: neither
    time nor declines change who ranks before whom.
    """
    run = play("0s tier all\n0s queue work offer=10s cool_down=1s\n0s agent anna")
    for number in range(1, 9):
        run(f"{number}s enqueue i{number} work all")
    happened = run("10s sign_in anna")
    for now_s, number in enumerate(range(1, 9), 11):
        run(f"{now_s}s enqueue late{number} work all")
        happened += run(f"{now_s}s cancel i{number}")
    order = [of for of, _ in offered(happened)]
    assert order == [*(f"i{number}" for number in range(1, 9)), "late1"]


def test_callbacks_do_not_overtake_those_on_hold(play: NewPlay) -> None:
    """Callbacks overtake people who wait, and entry cannot be back-dated.

    https://github.com/twilio-labs/plugin-queued-callbacks-and-voicemail/issues/9: ``since`` puts a callback exactly
    where its customer would stand, neither before nor behind.
    """
    run = play("""
    0s tier all
    0s queue work
    0s agent anna
    10s enqueue hold1 work all
    20s enqueue hold2 work all
    30s enqueue callback work all since=15s
    31s enqueue fresh work all start=40s
    41s enqueue hold3 work all => OK | released fresh schedule | enqueued hold3
    """)
    happened = run("50s sign_in anna")
    for name in ("hold1", "callback", "hold2", "fresh"):
        happened += run(f"51s cancel {name}")
    assert [of for of, _ in offered(happened)] == ["hold1", "callback", "hold2", "fresh", "hold3"]


def test_the_place_is_kept_on_leaving_and_coming_back(play: NewPlay) -> None:
    """The place is lost on leaving and re-entering.

    https://github.com/MicrosoftDocs/OfficeDocs-SkypeForBusiness/issues/9902: a move keeps the wait, a new call takes
    the old one's ``since``, and a hold is only a pause.
    """
    run = play("""
    0s tier all
    0s queue work
    0s queue other
    0s agent anna
    1s enqueue mover work all
    2s enqueue caller work all
    3s enqueue holder work all
    4s enqueue last work all
    5s move mover other
    6s cancel caller
    7s hold holder for=60s
    8s move mover work
    9s enqueue caller2 work all since=2s
    10s release holder
    """)
    happened = run("20s sign_in anna")
    for name in ("mover", "caller2", "holder"):
        happened += run(f"21s cancel {name}")
    assert [of for of, _ in offered(happened)] == ["mover", "caller2", "holder", "last"]


def test_queues_may_be_ranked_against_each_other(play: NewPlay) -> None:
    """No prioritizing across queues: https://github.com/MicrosoftDocs/dynamics-365-customer-engagement/issues/2860."""
    play("""
    0s tier all
    0s queue phone priority=10
    0s queue mail
    0s agent anna
    1s enqueue m mail all
    100s enqueue p phone all
    200s sign_in anna => OK | anna available agent | offered o1 p anna
    """)


def test_what_an_interaction_ranks_by_can_be_seen_and_changed_at_once(play: NewPlay) -> None:
    """The score is nowhere to be seen, and a changed priority acts when it likes.

    https://community.genesys.com/digestviewer29/viewthread?GroupId=19&MessageKey=274decdd-f40e-45e5-bb3c-345769f88638
    """
    run = play("""
    0s tier all head=5s
    0s queue work target=20s
    0s agent anna
    10s enqueue i1 work all
    11s enqueue i2 work all
    12s set_priority i2 3 => OK | priority i2 0->3 system
    """)
    view = run.router.interaction(run.names.handle("i2"))
    assert (view.priority, view.since_ns, view.due_ns) == (3, 11 * SECOND_NS, (11 + 20 - 5) * SECOND_NS)
    run("12s sign_in anna => OK | anna available agent | offered o1 i2 anna")


def test_no_step_is_skipped_that_somebody_could_serve(play: NewPlay) -> None:
    """Bullseye skips ring 2: https://community.genesys.com/discussion/routing-evalution-method?hlmlt=VT."""
    play("""
    0s skill s
    0s tier all
    0s queue work requires=s:9 step=10s requires=s:5 step=20s
    0s agent one skills=s:9
    0s agent two skills=s:5
    0s agent three
    0s sign_in one not_ready
    0s sign_in two not_ready
    0s sign_in three
    1s enqueue i work all => OK | enqueued i
    11s advance => OK | step i 1 plan
    12s presence two available => OK | two available agent | offered o1 i two
    """)


def test_rings_are_requirements_and_nothing_else(play: NewPlay) -> None:
    """Ring numbers override skills: https://community.genesys.com:443/discussion/bullseye-ring-number-skills?hlmlt=VT.

    An agent has no number beside the skills: in every step whoever meets the requirement may serve, nobody else.
    """
    play("""
    0s skill s
    0s skill other
    0s tier all
    0s queue work requires=s:9,other step=10s requires=s:5,other
    0s agent near skills=s:9
    0s agent far skills=s:5,other
    0s sign_in near
    1s enqueue i work all => OK | enqueued i
    11s advance => OK | step i 1 plan
    12s sign_in far => OK | far available agent | offered o1 i far
    """)


# ---------------------------------------------------------------------- unfair or broken choice of agents


def calls_by_agent(run: Play, count: int, first_s: int) -> Counter[str]:
    """Let so many calls come, one every 10 s, each of 5 s; return how many each agent got."""
    got: Counter[str] = Counter()
    for number in range(count):
        at_s = first_s + 10 * number
        (pair,) = offered(run(f"{at_s}s enqueue n{at_s} work all"))
        offer = max(run.names.offers.values())
        run(f"{at_s}s accept o{offer}\n{at_s + 5}s complete n{at_s}")
        got[pair[1]] += 1
    return got


@pytest.mark.parametrize("strategy", ["least_occupied", "longest_idle", "round_robin", "fewest_handled"])
def test_the_first_agent_in_the_list_does_not_get_everything(play: NewPlay, strategy: str) -> None:
    """The first agent gets all calls: https://github.com/OpenSIPS/opensips/issues/2974."""
    run = play(FOUR_AGENTS.replace("offer=10s", f"offer=10s strategy={strategy}"))
    run("1s sign_in a\n1s sign_in b\n1s sign_in c\n1s sign_in d")
    assert set(calls_by_agent(run, 40, 10).values()) == {10}


def test_the_last_agent_may_be_away(play: NewPlay) -> None:
    """Top-down stops as soon as the last agent is away: https://github.com/signalwire/freeswitch/issues/1216."""
    run = play(FOUR_AGENTS)
    run("1s sign_in a\n1s sign_in b\n1s sign_in c\n1s sign_in d not_ready")
    assert set(calls_by_agent(run, 30, 10)) == {"a", "b", "c"}
    run("400s presence c offline\n400s presence b offline\n401s enqueue last work all")
    assert run.router.interaction(run.names.handle("last")).agent == run.names.slot(Kind.AGENT, "a")


def test_the_longest_idle_is_not_always_the_same(play: NewPlay) -> None:
    """``leastrecent`` keeps ringing the same agent: https://github.com/FreePBX/issue-tracker/issues/40.

    A declined offer leaves the agent first for others, as it should, but not for the same call.
    """
    run = play(FOUR_AGENTS.replace("offer=10s", "offer=10s strategy=longest_idle"))
    run("""
    1s sign_in a
    2s sign_in b
    3s sign_in c
    10s enqueue i work all => OK | enqueued i | offered o1 i a
    11s decline o1 => OK | declined o1 | returned i declined | offered o2 i b
    12s decline o2 => OK | declined o2 | returned i declined | offered o3 i c
    13s accept o3
    14s enqueue j work all => OK | enqueued j | offered o4 j a
    """)


def test_a_burst_of_calls_rings_different_agents(play: NewPlay) -> None:
    """Many calls at once all ring at one and the same agent: https://github.com/OpenACD/OpenACD/issues/5."""
    run = play(FOUR_AGENTS)
    happened = run("1s sign_in a\n1s sign_in b\n1s sign_in c\n1s sign_in d")
    for name in "ijkl":
        happened += run(f"2s enqueue {name} work all")
    assert sorted(agent for _, agent in offered(happened)) == ["a", "b", "c", "d"]
    assert offered(run("2s enqueue m work all")) == []


CHATS = """
0s tier all
0s channel chat cost=25 most=4
0s queue chats channel=chat auto_accept=1
0s agent a
0s agent b
0s agent c
"""


def test_chats_do_not_pile_on_one_agent(play: NewPlay) -> None:
    """Chats pile on one agent: https://github.com/chatwoot/chatwoot/issues/11034."""
    run = play(CHATS + "1s sign_in a\n1s sign_in b\n1s sign_in c")
    got: Counter[str] = Counter()
    for number in range(1, 13):
        got[offered(run(f"2s enqueue c{number} chats all"))[0][1]] += 1
        assert max(got.values()) - min(got[name] for name in "abc") <= 1
    assert got == {"a": 4, "b": 4, "c": 4}


def test_freed_capacity_is_refilled_at_once(play: NewPlay) -> None:
    """Freed capacity is not refilled: https://github.com/chatwoot/chatwoot/issues/10583."""
    run = play(CHATS + "1s sign_in a")
    for number in range(1, 6):
        run(f"2s enqueue c{number} chats all")
    assert offered(run("3s complete c2")) == [("c5", "a")]


def test_whoever_signs_in_gets_what_waits(play: NewPlay) -> None:
    """Nobody is assigned after login: https://github.com/chatwoot/chatwoot/issues/10685."""
    run = play(CHATS)
    for number in range(1, 6):
        run(f"2s enqueue c{number} chats all")
    assert offered(run("3s sign_in b")) == [(f"c{number}", "b") for number in range(1, 5)]
    assert offered(run("4s sign_in c")) == [("c5", "c")]


def test_the_least_loaded_is_not_flooded(play: NewPlay) -> None:
    """The lowest load wins, and floods one agent: https://github.com/nleazer-impiricus/Concierge-Hub/issues/58.

    A newcomer has no load and no history: an offer counts as load at once, and the history begins at the mean.
    """
    run = play(FOUR_AGENTS + "1s sign_in a\n1s sign_in b\n1s sign_in c")
    calls_by_agent(run, 60, 10)
    run("700s sign_in d")
    got = calls_by_agent(run, 40, 710)
    assert max(got.values()) - min(got.values()) <= 1
    assert sum(got.values()) == 40


def test_a_rejected_call_does_not_come_back_at_once(play: NewPlay) -> None:
    """The only agent gets the rejected call again at once.

    https://github.com/amazon-connect/amazon-connect-streams/issues/292: the pair cools down; others come meanwhile.
    """
    play(FOUR_AGENTS)("""
    1s sign_in a
    2s enqueue i work all => OK | enqueued i | offered o1 i a
    3s decline o1 => OK | declined o1 | returned i declined
    4s enqueue j work all => OK | enqueued j | offered o2 j a
    5s accept o2
    6s complete j => OK | completed j a1 agent | ended a1 agent
    32s advance => OK
    33s advance => OK | cooled i | offered o3 i a
    """)


def test_a_change_of_presence_during_an_offer_does_not_loop(play: NewPlay) -> None:
    """A change of status during an offer invites again and again: https://github.com/signalwire/freeswitch/pull/800."""
    play(FOUR_AGENTS)("""
    1s sign_in a
    2s enqueue i work all => OK | enqueued i | offered o1 i a
    3s presence a not_ready => OK | a not_ready agent | revoked o1 agent | returned i revoked
    4s presence a not_ready => OK | a not_ready agent
    5s accept o1 => OFFER_REVOKED
    60s advance => OK
    61s presence a available => OK | a available agent | offered o2 i a
    62s presence a available => OK | a available agent
    63s accept o2
    """)
