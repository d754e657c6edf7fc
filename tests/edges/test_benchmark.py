"""The benchmark's own parts, without the peers and without timing anything."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from benchmarks import business_time
from benchmarks.engines import START, Engine, day_by_day, holdfast
from benchmarks.race import AT_OPENING, INSTANTS, OPERATIONS, SPANS, Measured, Operation, Results, judge, race

HOUR = timedelta(hours=1)
US = holdfast()


def test_our_engine_agrees_with_a_walk_through_the_dates() -> None:
    results = judge([US], [*OPERATIONS, *SPANS])
    assert {key: (each.correct, each.note) for key, each in results.items()} == dict.fromkeys(results, (True, None))
    assert len(results) == len(OPERATIONS) + len(SPANS)


def test_the_reference_by_hand() -> None:
    walk = day_by_day()
    friday = datetime.fromisoformat("2026-03-06 16:00-05:00")  # the clocks change on Sunday
    assert walk.adder(2 * HOUR)(friday) == datetime.fromisoformat("2026-03-09 10:00-04:00")
    assert walk.adder(HOUR)(friday) == datetime.fromisoformat("2026-03-06 17:00-05:00")
    assert walk.adder(HOUR)(datetime.fromisoformat("2026-07-02 17:00-04:00")) == datetime.fromisoformat(
        "2026-07-06 10:00-04:00"  # Friday 3 July is a holiday
    )
    assert walk.between is not None
    assert walk.between(friday, friday + timedelta(days=7)) == 41 * HOUR  # seven times 24 hours end at 17:00


def test_the_instants_meet_openings_closings_and_both_kinds_of_offset() -> None:
    local = [at.astimezone(START.tzinfo) for at in INSTANTS]
    assert len(set(local)) == 200
    add = day_by_day().adder(4 * HOUR)
    assert any(add(at) - at == 4 * HOUR for at in INSTANTS)
    assert any(add(at) - at > 60 * HOUR for at in INSTANTS)


def shifted(by: timedelta) -> Engine:
    """An engine whose additions are wrong by `by`, and which cannot measure."""
    return Engine("late", lambda span: lambda at: day_by_day().adder(span)(at) + by, None)


def failing() -> Engine:
    """An engine that fails at everything."""

    def add(at: datetime) -> datetime:
        raise TypeError(at)

    return Engine("frail", lambda span: add, None)


def rounding_up() -> Engine:
    """An engine that answers with the next opening where a span is spent at closing."""
    moment = timedelta(microseconds=1)
    exact = day_by_day().adder
    return Engine("eager", lambda span: lambda at: exact(span + moment)(at) - moment, None)


def test_what_is_found_out_about_an_engine() -> None:
    results = judge([shifted(HOUR), failing(), rounding_up()], [OPERATIONS[0], OPERATIONS[3]])
    assert "of 200 answers are wrong" in str(results["late", "+4 h"].note)
    assert results["frail", "+4 h"] == Measured("fails with TypeError", correct=False)
    assert results["late", "1 week"] == Measured("has no such question", correct=False)
    assert results["eager", "+4 h"] == Measured(AT_OPENING, correct=True)


def test_only_right_answers_are_timed() -> None:
    engines = [US, failing()]
    results = judge(engines, OPERATIONS[:1])
    race(engines, OPERATIONS[:1], results, rounds=1)
    assert len(results["Holdfast", "+4 h"].seconds) == 5
    assert results["frail", "+4 h"].seconds == []


def made_up(seconds: dict[str, float]) -> Results:
    """Results of one pass each, the same for every operation."""
    return {(name, each.label): Measured(seconds=[took]) for name, took in seconds.items() for each in OPERATIONS}


def engine(name: str) -> Engine:
    """An engine by another name."""
    return replace(US, name=name)


def test_the_table() -> None:
    results = made_up({"Holdfast": 0.0002, "workclock": 0.0107, "businesstimedelta": 6.2})
    results["workclock", "1 week"] = Measured("has no such question", correct=False)
    results["workclock", "+80 h"].note = AT_OPENING
    lines = business_time.table([US, engine("workclock"), engine("businesstimedelta")], OPERATIONS, results)
    assert lines == [
        "                     +4 h       +80 h    +2,000 h      1 week      1 year",
        "Holdfast          1000k       1000k       1000k       1000k       1000k",
        "workclock         18.7k   54× 18.7ka  54× 18.7k   54×     –b      18.7k   54×",
        "businesstimedelta    32  31k×    32  31k×    32  31k×    32  31k×    32  31k×",
        f"a workclock {AT_OPENING}",
        "b workclock has no such question",
    ]
    assert max(map(len, lines)) <= 80


@pytest.mark.parametrize(("theirs", "met"), [(0.03, True), (0.0299, False)])
def test_a_target_is_met_or_missed(theirs: float, met: bool) -> None:
    verdicts = business_time.verdicts(made_up({"Holdfast": 0.001, "workclock": theirs}), 4.9, {"+1 h": 1, "+9 h": 1.5})
    assert [verdict.met for verdict in verdicts] == [True, True, met, True, met, True, True]
    assert str(verdicts[2]).startswith("met " if met else "MISSED ")


def test_slow_compilation_a_walk_or_a_wrong_rival_miss_their_targets() -> None:
    results = made_up({"Holdfast": 0.001, "workclock": 1.0})
    results["workclock", "+4 h"].correct = False
    verdicts = business_time.verdicts(results, 5.0, {"+1 h": 1, "+9 h": 1.6})
    assert [verdict.met for verdict in verdicts] == [False, True, True, True, True, False, False]


def test_a_peer_that_is_not_installed(capsys: pytest.CaptureFixture[str]) -> None:
    assert business_time.main(["pydantic", "no-such-peer"]) == 2
    assert "not installed: no-such-peer; run `uv run --group bench" in capsys.readouterr().err


def test_operations_are_named_once() -> None:
    operations: list[Operation] = [*OPERATIONS, *SPANS]
    assert len({each.label for each in operations}) == len(operations)
    assert set(business_time.FACTORS) == {each.label for each in OPERATIONS}
