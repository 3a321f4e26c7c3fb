#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Shows that each check has a test that fails without it.

    run_without.py BUILD [--only PATTERN] [--tests PATTERN] [--jobs N] [--arguments-only] [INDEX...]

BUILD: the build folder of the preset removed-checks. --only: checks whose place, function, condition or finding matches.
--tests: with one of the others, tests to look at anew although they were looked at before. INDEX: these checks only, with what each
test said. --arguments-only: looks at the arguments, prints how many jobs they come to, and ends.

First every test is run once, alone, and what it made refuse is noted. Then each check is removed in turn, and the tests
in which it refused something are run, the quickest first, until one fails, crashes or does not end; a failure counts when
it happens twice. A check that refused nothing in any test has no test. What was found for this build is kept in
BUILD/removed_checks, so that an interrupted run goes on where it was; which test failed helps the next build's run.

Exit 0 when at least 98 % of the checks and every critical one are caught, and survivors.txt is true.
"""
import argparse
import concurrent.futures
import hashlib
import json
import os
import pathlib
import re
import resource
import signal
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field

NEEDED_PERCENT = 98.0
MEMORY = 8 << 30  # a check that bounds an allocation, removed, shall not take the machine down
SHORTEST_LIMIT, LIMIT_FACTOR = 20.0, 10.0  # seconds; and how many times longer than usual still is no hang
BATCH_SECONDS = (0.2, 1.0, 3.0, 6.0)  # how much is tried at once: little at first, since most checks fall at once


@dataclass
class Check:
    index: int
    place: str
    function: str
    kind: str
    critical: bool
    code: str
    condition: str
    key: str

    def room(self):
        return self.place.split("/")[0]

    def line(self):
        word = "critical " if self.critical else ""
        return f"{self.index} {word}{self.place} {self.function} [{self.kind}] {self.code}: {self.condition}"


@dataclass
class Test:
    name: str
    program: str
    arguments: list
    environment: dict
    seconds: float = 0.0
    fired: frozenset = field(default_factory=frozenset)


def read_checks(build):
    out = []
    for line in (build / "checks.txt").read_text().splitlines():
        index, place, function, kind, critical, code, condition, key = line.split("\t")
        out.append(Check(int(index), place, function, kind, critical == "critical", code, condition, key))
    return out


def read_survivors(path):
    """key -> why nothing can tell. A key stands at the beginning of a line, its reason indented below it."""
    out, key = {}, None
    for line in path.read_text().splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        if line.startswith(" "):
            out[key] = (out[key] + " " + line.strip()).strip()
        else:
            key = line.strip()
            out[key] = ""
    return out


def read_tests(build):
    told = subprocess.run(["ctest", "--show-only=json-v1"], cwd=build, capture_output=True, text=True, check=True)
    out = []
    for entry in json.loads(told.stdout)["tests"]:
        command = entry.get("command", [])
        properties = {one["name"]: one["value"] for one in entry.get("properties", [])}
        if "exhaustive" in properties.get("LABELS", []) or not any(a.startswith("--gtest_filter=") for a in command):
            continue
        environment = dict(one.split("=", 1) for one in properties.get("ENVIRONMENT", []))
        out.append(Test(entry["name"], command[0], command[1:], environment))
    return out


def run(program, arguments, environment, limit):
    """(outcome, output): outcome is None when all is well, else how it ended."""

    def bounded():
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))

    child = subprocess.Popen(
        [program, *arguments],
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        cwd=os.path.dirname(program),
        start_new_session=True,
        preexec_fn=bounded,
    )
    try:
        output, _ = child.communicate(timeout=limit)
    except subprocess.TimeoutExpired:
        os.killpg(child.pid, signal.SIGKILL)
        child.communicate()
        return "did not end", ""
    text = output.decode(errors="replace")
    if child.returncode == 0:
        return None, text
    return ("failed" if child.returncode > 0 else f"crashed with signal {-child.returncode}"), text


def filter_of(test):
    return next(a.split("=", 1)[1] for a in test.arguments if a.startswith("--gtest_filter="))


def alone(test):
    return [a for a in test.arguments if not a.startswith("--gtest_also")]


class State:
    """What is known, in files; written after each finding, so that nothing is lost when this is ended."""

    def __init__(self, folder, tests):
        self.folder = folder
        folder.mkdir(exist_ok=True)
        self.lock = threading.Lock()
        self.recorded = self._read("recorded.json")
        self.results = self._read("results.json")
        self.digests = {}
        for program in sorted({test.program for test in tests}):
            stat = os.stat(program)
            self.digests[program] = f"{stat.st_mtime_ns} {stat.st_size}"
        self.build = hashlib.sha256(repr(sorted(self.digests.items())).encode()).hexdigest()
        self.last_saved = 0.0

    def _read(self, name):
        path = self.folder / name
        return json.loads(path.read_text()) if path.exists() else {}

    def save(self, at_once=False):
        with self.lock:
            if not at_once and time.monotonic() - self.last_saved < 5:
                return
            for name, value in (("recorded.json", self.recorded), ("results.json", self.results)):
                beside = self.folder / (name + ".new")
                beside.write_text(json.dumps(value))
                beside.replace(self.folder / name)
            self.last_saved = time.monotonic()


def record(tests, checks, state, jobs, again):
    """Runs tests that are not known yet, and notes which checks refused something in each."""
    key_of = {check.index: check.key for check in checks}
    wanted = [test for test in tests if again(test, state.recorded.get(test.name))]

    def one(test):
        with tempfile.TemporaryDirectory(prefix="tenzro-checks-") as folder:
            os.chmod(folder, 0o755)
            log = pathlib.Path(folder) / "fired"
            for attempt in range(2):
                log.write_text("")
                log.chmod(0o666)  # some tests become an ordinary user
                begun = time.monotonic()
                how, output = run(test.program, alone(test), {**test.environment, "TENZRO_CHECKS_FIRED": str(log)}, 300)
                seconds = time.monotonic() - begun
                if how is None:
                    break
            fired = sorted({key_of[int(i)] for i in log.read_text().split() if int(i) in key_of})
        return {"seconds": seconds, "fired": fired, "of": state.digests[test.program], "fails": how is not None}, output

    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        running = {pool.submit(one, test): test for test in wanted}
        for number, future in enumerate(concurrent.futures.as_completed(running), 1):
            entry, output = future.result()
            test = running[future]
            state.recorded[test.name] = entry
            if entry["fails"]:
                print(f"fails as it is, and is left out: {test.name}\n{output[-1500:]}", flush=True)
            if number % 500 == 0:
                print(f"  {number} of {len(wanted)} tests looked at", flush=True)
            state.save()
    state.save(at_once=True)
    known = []
    for test in tests:
        entry = state.recorded.get(test.name)
        if entry and not entry["fails"]:
            test.seconds, test.fired = entry["seconds"], frozenset(entry["fired"])
            known.append(test)
    return known


def batches(check, tests, hint):
    """The tests in which the check refused something: what caught it before, then what is about its room, then quick
    ones; together where one program has them."""
    mine = [test for test in tests if check.key in test.fired]
    hinted = [test for test in mine if test.name == hint]
    if hinted:
        yield hinted
        mine.remove(hinted[0])

    def rank(test):
        near = f"/{check.room()}/" in test.program
        return test.seconds * (0.2 if near else 1.0) * (1 + len(test.fired) / 50)

    mine.sort(key=rank)
    budgets = iter(BATCH_SECONDS)
    budget = next(budgets)
    while mine:
        chosen, rest, total = [], [], 0.0
        first = mine[0]
        for test in mine:
            same = test.program == first.program and test.environment == first.environment
            if same and len(chosen) < 100 and (not chosen or total + test.seconds <= budget):
                chosen.append(test)
                total += test.seconds
            else:
                rest.append(test)
        mine = rest
        budget = next(budgets, BATCH_SECONDS[-1])
        yield chosen


def try_without(check, tests, hint, loud=False):
    """{"by", "how"} of what told, or {"by": None}."""
    for batch in batches(check, tests, hint):
        environment = {**batch[0].environment, "TENZRO_REMOVED_CHECK": str(check.index), "GTEST_FAIL_FAST": "1"}
        limit = max(SHORTEST_LIMIT, LIMIT_FACTOR * sum(test.seconds for test in batch))
        names = ":".join(filter_of(test) for test in batch)
        how, output = run(batch[0].program, [f"--gtest_filter={names}"], environment, limit)
        if loud:
            print(f"  {len(batch)} of {os.path.basename(batch[0].program)}: {how or 'no difference'}", flush=True)
        if how is None:
            continue
        begun = re.findall(r"^\[ RUN      \] (\S+)", output, re.MULTILINE)
        last = begun[-1] if begun else None
        culprit = next((test for test in batch if filter_of(test) == last), batch[0])
        if how == "did not end":
            return {"by": culprit.name, "how": how}
        # Once more: a test that fails now and then proves nothing.
        again, output = run(culprit.program, alone(culprit), environment, limit)
        if again is None:
            again, output = run(batch[0].program, [f"--gtest_filter={names}"], environment, limit)
        if again is not None:
            if loud:
                print(output[-3000:])
            return {"by": culprit.name, "how": again}
    return {"by": None, "how": "nothing tells" if any(check.key in test.fired for test in tests) else "has no test"}


def remove_each(checks, tests, state, jobs, loud):
    def one(check):
        known = state.results.get(check.key, {})
        result = try_without(check, tests, known.get("by") or known.get("hint"), loud)
        return {**result, "hint": result["by"] or known.get("hint"), "build": state.build}

    to_do = [c for c in checks if loud or state.results.get(c.key, {}).get("build") != state.build]
    # What few tests reach first: most of it is known soon.
    to_do.sort(key=lambda c: sum(t.seconds for t in tests if c.key in t.fired))
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        running = {pool.submit(one, check): check for check in to_do}
        for number, future in enumerate(concurrent.futures.as_completed(running), 1):
            state.results[running[future].key] = future.result()
            if number % 200 == 0:
                print(f"  {number} of {len(to_do)} checks removed", flush=True)
            state.save()
    state.save(at_once=True)


def report(checks, all_checks, state, reasons, whole):
    """Prints the numbers; true when they suffice."""
    caught = [c for c in checks if state.results.get(c.key, {}).get("by")]
    missed = [c for c in checks if not state.results.get(c.key, {}).get("by")]
    excused = [c for c in missed if reasons.get(c.key)]
    open_ones = [c for c in missed if not reasons.get(c.key)]
    for check in sorted(open_ones, key=lambda c: (not c.critical, c.index)):
        print(f"{state.results.get(check.key, {}).get('how', 'not tried')}: {check.line()}")
    good = True
    keys = {check.key for check in all_checks}
    for key in reasons:
        if key not in keys:
            print(f"survivors.txt names what is no check any more: {key}")
            good = False
        elif any(c.key == key for c in caught):
            print(f"survivors.txt excuses what {state.results[key]['by']} catches: {key}")
            good = False
    count = len(checks) - len(excused)
    percent = 100.0 * len(caught) / count if count else 100.0
    critical = [c for c in checks if c.critical]
    print(
        f"{len(checks)} checks, {len(excused)} of them without effect beside others (tests/removed_checks/survivors.txt); "
        f"of the other {count}, {len(caught)} caught ({percent:.2f} %)"
    )
    print(
        f"critical: {len(critical)}, {sum(c.critical for c in excused)} without effect; of the others "
        f"{sum(c.critical for c in caught)} caught, {sum(c.critical for c in open_ones)} not"
    )
    return good and percent >= NEEDED_PERCENT and not any(c.critical for c in open_ones)


def pattern(text):
    try:
        return re.compile(text)
    except re.error as error:
        raise argparse.ArgumentTypeError(f"'{text}' is no regular expression: {error}")


def at_least_one(text):
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"'{text}' is no number from 1 on")
    return int(text)


def main():
    parser = argparse.ArgumentParser(prog="removed_checks", allow_abbrev=False)
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--only", type=pattern, metavar="PATTERN")
    parser.add_argument("--tests", type=pattern, metavar="PATTERN")
    parser.add_argument("--jobs", type=at_least_one, default=os.cpu_count(), metavar="N")
    parser.add_argument("--arguments-only", action="store_true")
    parser.add_argument("index", nargs="*", type=int, metavar="INDEX")
    options = parser.parse_args()
    if options.tests and not (options.only or options.index):
        parser.error("--tests says what to look at anew for --only or an INDEX")
    if options.arguments_only:
        print(options.jobs)
        return
    all_checks = read_checks(options.build)
    tests = read_tests(options.build)
    reasons = read_survivors(pathlib.Path(__file__).resolve().parent / "survivors.txt")
    checks = all_checks
    if options.index:
        checks = [c for c in checks if c.index in options.index]
        missing = set(options.index) - {c.index for c in checks}
        if missing:
            parser.error(f"no check has the index {min(missing)}; {options.build}/checks.txt lists them")
    if options.only:
        checks = [c for c in checks if options.only.search(f"{c.line()} {c.key}")]
    if not checks:
        parser.error(f"no check matches; {options.build}/checks.txt lists them")
    whole = len(checks) == len(all_checks)
    state = State(options.build.resolve() / "removed_checks", tests)

    def again(test, entry):
        if entry is None:
            return True
        if not whole and not (options.tests and options.tests.search(test.name)):
            return False
        return entry["of"] != state.digests[test.program]

    begun = time.monotonic()
    tests = record(tests, all_checks, state, options.jobs, again)
    print(f"{len(tests)} tests; {len(checks)} of {len(all_checks)} checks to remove", flush=True)
    remove_each(checks, tests, state, options.jobs, bool(options.index))
    good = report(checks, all_checks, state, reasons, whole)
    print(f"{time.monotonic() - begun:.0f} s")
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
