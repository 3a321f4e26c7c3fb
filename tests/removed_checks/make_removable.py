#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes a copy of src/ in which every check that refuses can be switched off at run time, and the list of them.

    make_removable.py SOURCE COPY LIST

SOURCE: the folder src. COPY: the folder to write; files that are already as wanted keep their time, so that only what
changed is compiled again. LIST: one line for each check, tab-separated: index, file:line, function, kind, critical or
-, finding code or -, condition, key. The key (file, function and condition, with a number where that is not unique)
outlives a change elsewhere in the file; the index does not.

A check is one of these, in the rooms of ROOMS:
  if       if (a || b) { <refuses> }           each of a, b
  else     if (a && b) { ... } else { <refuses> }   each of a, b
  exit     if (a && b) { ...; return x; } <refuses>   each of a, b: what does not leave here is refused right after
  return   return a && b;                      each of a, b: the result of a predicate
  bool     const bool name = a && b;           each of a, b
  choice   return a ? <value> : <refusal>;     a (or the other way round)
  grant    if (a && b) { verdict.mark_..._verified(); }   each of a, b: GRANTS below
A condition is evaluated as always; kept() and passed() of removable_check.hpp then take its place, so that without a
check nothing is different but its outcome. "Refuses" is a statement directly in the branch, not in a block of its own
inside it: it reports a finding, or returns an error, a finding, false or nothing; in verify and x509 also passing over
a candidate (`continue;` alone).

Not checks of their own: passing on another function's error (`return x.error()`, the macros of core/try.hpp), `if
constexpr`, loops, whatever a macro expands to, and functions that only tell forms apart (NO_JUDGES below). The text is read without a compiler: it counts on clang-format's
layout only in that every branch stands in braces.
"""
import pathlib
import re
import sys
from dataclasses import dataclass, field

# Rooms whose code judges bytes from outside, or opens what was sealed.
ROOMS = ("binding", "collateral", "core", "crypto", "evidence", "formats", "seal", "verify", "x509")
# How far apart the first indices of two files are: a new check in one leaves the others' alone.
INDICES_OF_A_FILE = 1000


def mask(text):
    """The same text, as long, with blanks for comments, for what stands in quotes, and for preprocessor lines."""
    out = list(text)
    i, end = 0, len(text)

    def blank(start, stop):
        for k in range(start, stop):
            if out[k] != "\n":
                out[k] = " "

    line_start = True
    while i < end:
        c = text[i]
        if c == "#" and line_start:
            stop = i
            while stop < end and (text[stop] != "\n" or text[stop - 1] == "\\"):
                stop += 1
            blank(i, stop)
            i = stop
        elif text.startswith("//", i):
            stop = text.find("\n", i)
            stop = end if stop < 0 else stop
            blank(i, stop)
            i = stop
        elif text.startswith("/*", i):
            stop = text.find("*/", i + 2)
            stop = end if stop < 0 else stop + 2
            blank(i, stop)
            i = stop
        elif c == '"':
            raw = re.search(r"(?:^|[^0-9A-Za-z_])(?:u8|u|U|L)?R$", text[max(0, i - 4) : i])
            if raw:
                delimiter = text[i + 1 : text.index("(", i)]
                stop = text.index(")" + delimiter + '"', i) + len(delimiter) + 2
            else:
                stop = i + 1
                while text[stop] != '"':
                    stop += 2 if text[stop] == "\\" else 1
                stop += 1
            blank(i + 1, stop - 1)
            i = stop
        elif c == "'" and not re.match(r"[0-9A-Fa-f]", text[i - 1]):
            stop = i + 1
            while text[stop] != "'":
                stop += 2 if text[stop] == "\\" else 1
            blank(i + 1, stop)
            i = stop + 1
        elif c == "'":  # between digits
            out[i] = "0"
            i += 1
        else:
            i += 1
        if i <= end and i > 0:
            previous = text[text.rfind("\n", 0, i) + 1 : i]
            line_start = previous.strip() == ""
    return "".join(out)


CLOSING = {"(": ")", "[": "]", "{": "}"}


def closing(masked, start):
    """Where the bracket that opens at start is closed."""
    depth = 0
    for i in range(start, len(masked)):
        if masked[i] in "([{":
            depth += 1
        elif masked[i] in ")]}":
            depth -= 1
            if depth == 0:
                return i
    raise ValueError(f"nothing closes the bracket at {start}")


def top_level(masked, start, stop, tokens):
    """Places of the tokens between start and stop that stand in no bracket."""
    out, depth, i = [], 0, start
    while i < stop:
        if masked[i] in "([{":
            depth += 1
        elif masked[i] in ")]}":
            depth -= 1
        elif depth == 0:
            for token in tokens:
                if masked.startswith(token, i):
                    out.append((i, token))
                    i += len(token) - 1
                    break
        i += 1
    return out


def parts(masked, start, stop, operator):
    """The operands of the operator between start and stop; one alone where it does not stand at the top."""
    other = "&&" if operator == "||" else "||"
    found = top_level(masked, start, stop, (operator, other, "?"))
    # && binds more tightly than ||: below it, parts can be cut at || only.
    if any(token == "?" for _, token in found) or (operator == "&&" and any(token == other for _, token in found)):
        return [(start, stop)]
    cuts = [place for place, token in found if token == operator]
    edges = [start] + [cut + 2 for cut in cuts]
    return list(zip(edges, cuts + [stop]))


BLOCK_BEGINS = re.compile(r"(?:\)|\belse|\bdo|\btry|\bmutable|\bconst|\bnoexcept)\s*$")


def without_blocks(masked, start, stop):
    """What stands between start and stop, with blanks for every block in it. Values in braces stay."""
    out, i = [], start
    while i < stop:
        if masked[i] == "{" and BLOCK_BEGINS.search(masked, start, i):
            close = closing(masked, i)
            out.append("{" + " " * (close - i - 1) + "}")
            i = close + 1
        else:
            out.append(masked[i])
            i += 1
    return "".join(out)


# A function or a lambda that makes an error or a finding: who calls one refuses.
MAKERS = (
    r"^[^\n;=()]*\b(?:Error|Finding)\s+(?:\w+::)*(\w+)\s*\(",
    r"\bconst auto (\w+) = \[[^\]]*\]\s*(?:\([^)]*\))?\s*(?:->\s*[\w:<>]+\s*)?\{\s*return (?:std::optional\()?(?:Error|Finding)\b",
)
ONLY_PASSED_ON = re.compile(r"return [^;]*\.\s*error\(\)[^;]*;")
# Functions whose refusal is a word, or nothing found, and what it looks like there.
REFUSES_IN = {
    "defect": re.compile(r'return "'),
    "problem_in": re.compile(r'return "'),
    "problem_under_issuer": re.compile(r'return (?:"|concat\()'),
    "find_straight_path": re.compile(r"return \{\};"),
}
# What only a check that passed may do.
GRANTS = re.compile(r"\b(?:mark_\w+_verified|remember|accept|accepted)\(")
# Functions that only choose a reader: what they take for its form and is not, that reader refuses.
NO_JUDGES = re.compile(r"looks_like_\w+")
# Where passing over a candidate is a refusal.
CHOOSING_ROOMS = ("verify", "x509")


def refusing(makers):
    """What a refusing statement looks like, and a refusing value, in masked text."""
    names = "|".join(sorted(makers))
    made = rf"(?:(?<![\w.>])(?:\w+::)*(?:{names})\s*[({{]|(?:\.|->)wrong\()"
    worst = r"(?:MeasurementResult::(?:mismatch|not_compared)|TcbStatus::(?:not_supported|revoked)|(?:SignatureAlgorithm|KeyKind)::other)\b"
    value = rf"(?:std::nullopt|nullptr|false|not_supported\(|{worst}|[\w.]*{made})"
    statement = (
        rf"return (?:std::move\(|std::optional\()?{value}|{made}|return refused;|\b(?:fail|add_failure|report_missing|refuse\w*)\(|"
        r"\badd\([^;]*\bfailures\b|\bmissing_claims\.|\bthrow std::|\b(?:good|fine|ok|valid|all_good|genuine) = false;"
    )
    return re.compile(statement), re.compile(rf"\s*{value}")


def find_makers(texts):
    names = {"Error", "Finding"}
    for text in texts:
        for pattern in MAKERS:
            names.update(re.findall(pattern, text, re.MULTILINE))
    return names


@dataclass
class Check:
    start: int  # of the condition, in the file's text
    stop: int
    call: str  # kept or passed
    kind: str
    refusal: tuple  # where what refuses stands
    file: str = ""
    function: str = ""
    line: int = 0
    condition: str = ""
    code: str = "-"
    critical: bool = False
    index: int = 0
    key: str = ""
    body: str = field(default="", repr=False)


def functions(masked):
    """(start, stop, name) of every function's body. Headers of classes and namespaces are looked into."""
    out, i, since = [], 0, 0
    while i < len(masked):
        c = masked[i]
        if c == "{":
            header = masked[since:i]
            if re.search(r"\b(?:namespace|class|struct|enum|union)\b", header) and "(" not in header:
                since = i + 1
            elif "(" in header and not re.search(r"=\s*$", header):
                name = re.search(r"([\w:~]+|operator\s*\S+?)\s*\(", header)
                close = closing(masked, i)
                out.append((i, close, name.group(1) if name else "?"))
                i = close
                since = i + 1
            else:
                i = closing(masked, i)
        elif c in ";}":
            since = i + 1
        i += 1
    return out


def conditions(masked):
    """(start, stop, open brace) of each if's condition, with what is declared in it left out; never if constexpr."""
    for match in re.finditer(r"\bif \(", masked):
        opened = match.end() - 1
        close = closing(masked, opened)
        brace = re.match(r"\s*(?:\[\[\w+\]\]\s*)?\{", masked[close + 1 :])
        if not brace:
            continue
        yield opened + 1, close, close + brace.end()


DECLARES = re.compile(r"\s*(?:const\s+)?[\w:]+(?:<[^()]*>)?[\s*&]+\w+\s*=(?!=)")


def find_checks(text, makers, room):
    masked = mask(text)
    statement, value = refusing(makers)
    bodies = functions(masked)
    out = []

    def function_of(place):
        holders = [name for first, last, name in bodies if first < place < last]
        return holders[-1] if holders else ""

    def refuses(start, stop):
        body = " ".join(ONLY_PASSED_ON.sub("", without_blocks(masked, start, stop)).split())
        special = REFUSES_IN.get(function_of(start).split("::")[-1])
        return statement.search(body) is not None or (special is not None and special.search(body) is not None)

    def passes_over(start, stop):
        return room in CHOOSING_ROOMS and masked[start:stop].strip() == "continue;"

    def add(start, stop, call, kind, refusal, operator):
        for first, last in parts(masked, start, stop, operator):
            while masked[first].isspace():
                first += 1
            while masked[last - 1].isspace():
                last -= 1
            out.append(Check(first, last, call, kind, refusal))

    for start, stop, brace in conditions(masked):
        close = closing(masked, brace)
        semicolons = top_level(masked, start, stop, (";",))
        begin = semicolons[-1][0] + 1 if semicolons else start
        declares = None if semicolons else DECLARES.match(masked, start, stop)
        kind, call, operator, refusal = None, None, None, None
        after = re.match(r"\s*else\s*\{", masked[close + 1 :])
        if refuses(brace + 1, close) or passes_over(brace + 1, close):
            kind, call, operator, refusal = "if", "kept", "||", (brace + 1, close)
        elif after:
            other = close + after.end()
            if refuses(other + 1, closing(masked, other)):
                kind, call, operator, refusal = "else", "passed", "&&", (other + 1, closing(masked, other))
        elif not re.match(r"\s*else\b", masked[close + 1 :]) and re.search(
            r"(?:^|[;}\s])(?:return\b[^;]*|continue|break);\s*$",
            ONLY_PASSED_ON.sub("", without_blocks(masked, brace + 1, close)),
        ):
            ends = top_level(masked, close + 1, len(masked), (";",))[:1]
            following = masked[close + 1 : ends[0][0] + 1] if ends else ""
            if re.match(r"\s*(?:return\b|[\w.>-]*\b(?:fail|add_failure|push_back)\()", following) and refuses(
                close + 1, close + 1 + len(following)
            ):
                # An accepting return only: two refusals one after the other are two checks.
                kind, call, operator, refusal = "exit", "passed", "&&", (close + 1, close + 1 + len(following))
        if kind is None and GRANTS.search(without_blocks(masked, brace + 1, close)):
            kind, call, operator, refusal = "grant", "passed", "&&", (brace + 1, close)
        if kind is None:
            continue
        if declares:
            name = re.search(r"(\w+)\s*=$", declares.group(0)).group(1)
            check = Check(start, stop, call, kind, refusal)
            check.declared = name
            out.append(check)
        else:
            add(begin, stop, call, kind, refusal, operator)

    for match in re.finditer(r"\breturn\b", masked):
        ends = top_level(masked, match.end(), len(masked), (";",))[:1]
        if not ends:
            continue
        stop = ends[0][0]
        choices = [place for place, token in top_level(masked, match.end(), stop, ("?", "::", ":")) if token in "?:"]
        if len(choices) == 2:
            question, colon = choices
            if value.match(masked, question + 1, colon):
                add(match.end(), question, "kept", "choice", (question + 1, colon), "||")
            elif value.match(masked, colon + 1, stop):
                add(match.end(), question, "passed", "choice", (colon + 1, stop), "&&")
        elif not choices and len(parts(masked, match.end(), stop, "&&")) > 1:
            add(match.end(), stop, "passed", "return", (match.start(), stop), "&&")

    for match in re.finditer(r"\bconst bool \w+\s*=(?!=)", masked):
        ends = top_level(masked, match.end(), len(masked), (";",))[:1]
        if ends and len(parts(masked, match.end(), ends[0][0], "&&")) > 1:
            add(match.end(), ends[0][0], "passed", "bool", (match.start(), ends[0][0]), "&&")

    for check in out:
        check.function = function_of(check.start)
        check.line = text.count("\n", 0, check.start) + 1
        check.condition = " ".join(text[check.start : check.stop].split())
        check.body = " ".join(text[check.refusal[0] : check.refusal[1]].split())
    # Conditions of code that no function holds are evaluated by the compiler.
    judging = [check for check in out if check.function and not NO_JUDGES.fullmatch(check.function.split("::")[-1])]
    return sorted(judging, key=lambda check: check.start)


def rewrite(text, checks, name):
    edits = []
    for check in checks:
        declared = getattr(check, "declared", None)
        if declared:
            edits.append((check.stop, f"; ::tenzro::removable::{check.call}({check.index}, static_cast<bool>({declared}))"))
        else:
            edits.append((check.start, f"::tenzro::removable::{check.call}({check.index}, static_cast<bool>("))
            edits.append((check.stop, "))"))
    # Of two edits at one place the closing one comes first: an inner check ends before an outer part does.
    for place, words in sorted(edits, key=lambda edit: (edit[0], edit[1] != "))"), reverse=True):
        text = text[:place] + words + text[place:]
    return f'#include "removable_check.hpp"\n#line 1 "src/{name}"\n{text}'


def read_rules(path):
    """What makes a check critical: lines "file REGEX", "function REGEX", "finding REGEX" (the check's word) and "text
    REGEX" (condition and refusal)."""
    out = []
    for line in path.read_text().splitlines():
        if line and not line.startswith("#"):
            what, pattern = line.split(None, 1)
            out.append((what, re.compile(pattern)))
    return out


def is_critical(check, rules):
    words = re.findall(r'\{"(\w+)",\s*"', check.body) + (["chain"] if "chain_finding(" in check.body else [])
    for what, pattern in rules:
        if what == "file" and pattern.match(check.file):
            return True
        if what == "function" and pattern.fullmatch(check.function.split("::")[-1]):
            return True
        if what == "finding" and any(pattern.fullmatch(word) for word in words):
            return True
        if what == "text" and pattern.search(check.condition + " " + check.body):
            return True
    return False


def write_if_changed(path, content):
    if path.exists() and path.read_bytes() == content:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def main(source, copy, listing):
    here = pathlib.Path(__file__).resolve().parent
    rules = read_rules(here / "critical.txt")
    files = sorted(path for path in source.rglob("*") if path.is_file())
    judged = [path for path in files if path.suffix in (".cpp", ".hpp") and path.relative_to(source).parts[0] in ROOMS]
    texts = {path: path.read_text() for path in judged}
    makers = find_makers(texts.values())
    all_checks, seen = [], {}
    for number, path in enumerate(judged):
        name = str(path.relative_to(source))
        checks = find_checks(texts[path], makers, pathlib.PurePath(name).parts[0])
        if len(checks) >= INDICES_OF_A_FILE:
            raise SystemExit(f"{name}: more checks than indices")
        for place, check in enumerate(checks):
            check.file = name
            check.index = (number + 1) * INDICES_OF_A_FILE + place
            check.critical = is_critical(check, rules)
            codes = re.findall(r'"([a-z0-9]+(?:_[a-z0-9]+)+)"', check.body)
            check.code = codes[0] if codes else "-"
            key = f"{name} | {check.function} | {check.condition}"
            seen[key] = seen.get(key, 0) + 1
            check.key = key if seen[key] == 1 else f"{key} | {seen[key]}"
        all_checks += checks
        content = rewrite(texts[path], checks, name) if checks else texts[path]
        write_if_changed(copy / name, content.encode())
    for path in files:
        if path not in texts:
            write_if_changed(copy / path.relative_to(source), path.read_bytes())
    wanted = {copy / path.relative_to(source) for path in files}
    for path in [path for path in copy.rglob("*") if path.is_file() and path not in wanted]:
        path.unlink()
    lines = [
        "\t".join(
            (str(c.index), f"{c.file}:{c.line}", c.function, c.kind, "critical" if c.critical else "-", c.code, c.condition, c.key)
        )
        for c in all_checks
    ]
    write_if_changed(listing, ("\n".join(lines) + "\n").encode())


if __name__ == "__main__":
    if len(sys.argv) != 4:
        raise SystemExit(__doc__)
    main(*(pathlib.Path(argument) for argument in sys.argv[1:]))
