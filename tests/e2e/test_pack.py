"""The rules that come with tocsin: what each must say of itself, and docs/detections.md against them."""

import re

import pytest
import yaml

from tocsin import TOP, tocsin

RULES = TOP / "rules"
DOCUMENT = TOP / "docs" / "detections.md"
WORDS = dict(zip("two three four five six seven eight nine ten twelve fifteen twenty thirty forty fifty sixty".split(),
                 [2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 15, 20, 30, 40, 50, 60])) | {"hundred": 100, "fifth": 20, "once": 1}
DAY = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def all_rules():
    for path in sorted(RULES.glob("*.yml")):
        for rule in yaml.safe_load_all(path.read_text()):
            yield path, rule


PACK = list(all_rules())
FEEDERS = {name for _, rule in PACK if "correlation" in rule and not rule["correlation"].get("generate")
           for name in rule["correlation"]["rules"]}
SPEAKING = [(path, rule) for path, rule in PACK if rule["name"] not in FEEDERS]
each = pytest.mark.parametrize("path, rule", PACK, ids=lambda x: x.get("name") if isinstance(x, dict) else "")
each_speaking = pytest.mark.parametrize("path, rule", SPEAKING, ids=lambda x: x.get("name") if isinstance(x, dict) else "")


def test_no_warning():
    run = tocsin("rules", "check", RULES)
    assert run.status == 0 and "warning:" not in run.err, run.err


@each
def test_every_rule_says_what_and_how_grave(path, rule):
    assert rule["description"].strip().endswith((".", ":")) and len(rule["title"]) < 100
    assert rule["level"] in ("informational", "low", "medium", "high", "critical")
    assert re.fullmatch(r"[0-9a-f-]{36}", rule["id"])


@each_speaking
def test_findings_have_tags_references_and_honest_look_alikes(path, rule):
    for key in ("tags", "references", "falsepositives"):
        assert rule.get(key), f"{path.name}: {rule['name']} has no {key}"
    assert any(re.fullmatch(r"attack\.t\d{4}(\.\d{3})?", tag) for tag in rule["tags"])
    assert all(ref.startswith("https://") for ref in rule["references"])


@each
def test_feeders_are_informational(path, rule):
    shown = {r["name"] for _, r in SPEAKING}
    assert rule["name"] in shown or rule["level"] == "informational"


def thresholds(rule):
    """Numbers above two that a finding of this rule depends on."""
    if "correlation" in rule:
        condition = rule["correlation"].get("condition", {})
        numbers = [v for k, v in condition.items() if k != "field"]
    else:
        numbers = [v for block in rule["detection"].values() if isinstance(block, dict)
                   for key, v in block.items() if re.search(r"\|(gte?|lte?)$", key)]
    return [n for n in numbers if isinstance(n, int) and n > 2]


def said(text):
    """Every number of a text, in digits or in words."""
    numbers = {int(n.replace(",", "").replace(" ", "")) for n in re.findall(r"\d[\d,]*", text)}
    words = re.findall(r"[a-z]+", text.lower())
    numbers |= {WORDS[w] for w in words if w in WORDS}
    numbers |= {200 for a, b in zip(words, words[1:]) if (a, b) == ("two", "hundred")}
    if "sixty without" in " ".join(words) or "days" in words:
        numbers |= {n * 86400 for n in set(numbers)}
    shares = {"fifth": 20, "half": 50, "twentieth": 5, "quarter": 25}
    numbers |= {shares[w] for w in words if w in shares} | ({80} if "four of five" in " ".join(words) else set())
    numbers |= ({90} if re.search("nine of ten|next uid", " ".join(words)) else set())
    numbers |= ({95} if "nineteen of twenty" in " ".join(words) else set())
    return numbers


@each_speaking
def test_every_threshold_is_explained(path, rule):
    text = " ".join(rule["description"].split())
    missing = [n for n in thresholds(rule) if n not in said(text)]
    assert not missing, f"{path.name}: {rule['name']}: {missing} is not in: {text}"
    if thresholds(rule):
        assert re.search(r"\b(because|for|as|since|is)\b", text), "no reason is given"


# --- docs/detections.md ------------------------------------------------------------------------------

ROW = re.compile(r"^\| (D\d\d) \| ([^|]+) \| ([^|]*) \| ([^|]*) \|$", re.M)


def test_every_detection_has_a_row():
    assert [row[0] for row in ROW.findall(DOCUMENT.read_text())] == [f"D{n:02}" for n in range(1, 61)]


def test_rules_of_the_table_are_there():
    where = {rule["name"]: path.name for path, rule in SPEAKING}
    for number, _, rules, _ in ROW.findall(DOCUMENT.read_text()):
        for name, file in re.findall(r"`(\w+)` \(([\w-]+\.yml)\)", rules):
            assert where.get(name) == file, f"{number}: {name} ({file})"
        left = re.sub(r"`\w+` \([\w-]+\.yml\),?", "", rules).strip()
        assert not left, f"{number}: {left}"


def test_what_is_left_out_has_a_reason():
    for number, _, rules, reason in ROW.findall(DOCUMENT.read_text()):
        assert rules.strip() or len(reason.split()) > 5, number


def test_every_rule_is_in_the_table():
    named = set(re.findall(r"`(\w+)` \(", DOCUMENT.read_text()))
    assert {rule["name"] for _, rule in SPEAKING} == named
