"""Minutes and plans for a class: sums are the rule's, and promises are kept."""

from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path

import pytest

from tools import plans
from tools.chapters import ChapterError, chapter_paths, is_aside, read_chapter
from tools.execute import Record
from tools.hours import effort, shown
from tools.markdown import flow
from tools.settings import ROOT
from tools.teaching import minutes_table, parts, sections

PAGE = ROOT / "book" / "teaching.md"
PLAN = re.compile(
    r"^```\{plan\} (?P<title>.+)\n:lasts: (?P<lasts>.+)\n(?::home: (?P<home>.+)\n)?"
    r"(?P<body>(?:.+\n)+?)```$", re.M,
)
PLANS = list(PLAN.finditer(PAGE.read_text(encoding="utf-8")))
COURSES = {"half a day": PLANS[:1], "two days": PLANS[1:3], "six weeks": PLANS[3:]}
PATHS = chapter_paths()


def record(seconds: float, device: str = "a processor", threads: int = 1) -> Record:
    return Record("", seconds, 3, "QUICK", device, threads, {}, "2026-11-28")


def test_the_page_has_the_three_plans() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert text.count("```{plan}") == len(PLANS) == 9
    assert [len(plans) for plans in COURSES.values()] == [1, 2, 6]


@pytest.mark.parametrize("plan", PLANS, ids=lambda plan: plan["title"])
def test_the_rows_of_a_plan_add_up_to_what_it_promises(plan: re.Match) -> None:
    table = plans.as_myst(
        plan["title"], plan["lasts"], plan["body"], home=plan["home"] or ""
    )
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in table.splitlines()[2:]
    ]
    assert all(len(row) == 5 for row in rows)
    inside = sum(int(row[1]) for row in rows[:-1] if row[0] != "at home")
    outside = sum(int(row[1]) for row in rows[:-1] if row[0] == "at home")
    low, high = map(int, plan["lasts"].split(" to "))
    assert low <= inside <= high and int(rows[-1][1]) == inside
    at = 0
    for row in rows:
        if row[0] != "at home":
            assert row[0] == f"{at // 60}:{at % 60:02}"
            at += int(row[1])
    low, high = map(int, (plan["home"] or "0 to 0").split(" to "))
    assert low <= outside <= high


def test_what_plans_promise_is_what_they_are_called() -> None:
    def promised(name: str) -> list[list[int]]:
        return [list(map(int, one["lasts"].split(" to "))) for one in COURSES[name]]

    assert promised("half a day") == [[210, 240]]
    assert all(300 <= low and high <= 400 for low, high in promised("two days"))
    assert all(60 <= low and high <= 120 for low, high in promised("six weeks"))


@pytest.mark.parametrize("course", COURSES)
def test_a_course_does_nothing_twice_and_nothing_before_its_chapter(course) -> None:
    """No section of a chapter that is read whole; no exercise before its chapter."""
    home = {
        label: path.stem
        for path in PATHS
        for label in re.findall(r"^\((sec-[\w-]+)\)=|^:label: (ex-[\w-]+)",
                                path.read_text(encoding="utf-8"), re.M)
        for label in label if label
    }
    named = [
        line.split("|")[0].strip().removeprefix(plans.HOME)
        for plan in COURSES[course] for line in plan["body"].splitlines()
    ]
    named = [name for name in named if " min: " not in name]
    assert len(named) == len(set(named))
    begun = set()
    for name in named:
        chapter = home.get(name, name)
        assert not (name.startswith("sec-") and chapter in named), name
        assert not name.startswith("ex-") or chapter in begun, name
        begun.add(chapter)


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_the_sections_of_a_chapter_take_what_the_chapter_takes(path: Path) -> None:
    whole = effort(path)
    found = dict(sections(list(flow(read_chapter(path), path)), whole))
    assert sum(found.values()) == pytest.approx(whole.read + whole.cells / 2)
    assert parts()[path.stem].minutes == Fraction(2 * whole.read + whole.cells, 2)
    labels = {name for name in found if name.startswith("sec-")}
    said = re.findall(r"^\((sec-[\w-]+)\)=\n## ", path.read_text("utf-8"), re.M)
    assert labels == set(said)


def test_a_section_takes_its_part_by_words_and_half_a_minute_for_each_cell() -> None:
    path = ROOT / "chapters" / "05_attention_residual_learning.md"
    minutes = parts()["sec-size"].minutes
    text = path.read_text(encoding="utf-8")
    own = text[text.index("(sec-size)="):text.index("\n## The gradient on its")]
    cells = len(re.findall(r"^```\{code-cell\}", own, re.M)) - 4
    assert minutes - cells / 2 == pytest.approx(
        effort(path).read * len(own) / len(text), rel=0.5
    )


def test_minutes_are_rounded_up_to_five() -> None:
    body = "ex-growth | a | b\n10 min: arrive | a | b\n01_residual_units | a | b"
    found = plans.steps(body)
    assert [step.minutes for step in found] == [15, 10, 30]          # 12, 10 and 30
    assert found[0].what == "{ref}`ex-growth`: Try another activation"
    assert found[1].what == "arrive" and not found[1].home


@pytest.mark.parametrize(("lasts", "body", "home", "words"), [
    ("20 to 30", "ex-halve | a | b", "", "T: 10 minutes in class, promised 20 to 30"),
    ("1 to 9", "ex-halve | a | b", "", "T: 10 minutes in class, promised 1 to 9"),
    ("long", "ex-halve | a | b", "", "expected minutes in class such as 60 to 90"),
    ("0 to 9", "home: ex-halve | a | b", "", "expected minutes at home such as"),
    ("5 to 9", "5 min: x | a | b", "5 to 9", "T: 0 minutes at home"),
    ("5 to 9", "ex-none | a | b", "", "no chapter, section or exercise 'ex-none'"),
    ("5 to 9", "sec-halve | a | b", "", "no chapter, section or exercise"),
    ("5 to 9", "ex-halve | a", "", "expected three parts"),
    ("5 to 9", "ex-halve | | b", "", "expected three parts"),
])
def test_a_plan_that_does_not_hold_is_refused(lasts, body, home, words) -> None:
    with pytest.raises(ChapterError, match=re.escape(words)):
        plans.as_myst("T", lasts, body, home=home)


def test_the_table_of_minutes_has_each_chapter_by_the_rule_and_as_it_ran() -> None:
    records = {path.stem: record(10.0 + k) for k, path in enumerate(PATHS)}
    rows = minutes_table(records).splitlines()[2:]
    for k, (path, row) in enumerate(zip(PATHS, rows, strict=False)):
        cells = [cell.strip() for cell in row.strip("|").split("|")]
        asked = effort(path)
        assert cells == [
            "" if is_aside(path) else str(int(path.stem[:2])),
            f"{{doc}}`/chapters/{path.stem}`", str(asked.read), f"{asked.cells / 2:g}",
            str(asked.exercises), shown(asked.minutes), f"{10 + k} s",
        ]
    assert f"{len(PATHS)} pages" in rows[-1] and "a processor, 1 thread" in rows[-1]


def test_each_machine_that_chapters_ran_on_is_named() -> None:
    records = {path.stem: record(60.0) for path in PATHS}
    records["03_first_attention_network"] = record(120.0, "a card", 2)
    told = minutes_table(records).splitlines()[-2:]
    assert f"{len(PATHS) - 1} pages, {len(PATHS) - 1} minutes" in told[0]
    assert "a card, 2 threads" in told[1] and "1 page, 2 minutes" in told[1]


def test_a_chapter_that_never_ran_is_refused() -> None:
    with pytest.raises(ChapterError, match="00_ten_minutes: no record"):
        minutes_table({})
