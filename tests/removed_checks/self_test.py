#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Does make_removable.py find every form of a check, and nothing else, and change nothing but its outcome?

    self_test.py COMPILER WORK
"""
import os
import pathlib
import shutil
import subprocess
import sys

import make_removable

AS_IT_IS = "000000001400140195001"
# What made_source.cpp prints without each check, in the order of the file.
EXPECTED = [
    ("is_small", "if", "value > kSeparated", "100000001400140195001"),
    ("in_order", "return", "a <= b", "010000001400140195001"),
    ("in_order", "return", "b <= c", "001000001400140195001"),
    ("plain", "if", "value < 0", "000010001400140195001"),
    ("plain", "if", "value == 6", "000001001400140195001"),
    ("plain", "if", "half > 50", "000000101400140195001"),
    ("plain", "if", "const bool odd = value % 2 != 0", "000000011400140195001"),
    ("with_else", "else", "value > 10", "000000000000140195001"),
    ("with_else", "else", "value < 20", "000000001400000195001"),
    ("with_else", "if", "value != 0", "000000001000100195001"),
    ("early_exit", "if", "one < 5", "000000001400140295001"),
    ("early_exit", "exit", "value % 3 == 0", "000000001400141195001"),
    ("passed_on", "choice", "*value == 3", "000000001400140190001"),
    ("outer", "if", "value > 100", "000000001400140195101"),
    ("outer", "if", "!inner()", "000000001400140195101"),
]


def main(compiler, work):
    here = pathlib.Path(__file__).resolve().parent
    shutil.rmtree(work, ignore_errors=True)
    made = work / "src" / "verify" / "made.cpp"
    made.parent.mkdir(parents=True)
    shutil.copy(here / "made_source.cpp", made)
    (made.parent / "left.txt").write_text("as it is")
    make_removable.main(work / "src", work / "copy", work / "checks.txt")
    assert (work / "copy" / "verify" / "left.txt").read_text() == "as it is"

    def compile_to(program, *sources):
        subprocess.run([compiler, "-std=c++23", "-w", f"-I{here}", *map(str, sources), "-o", str(program)], check=True)

    def output(program, **environment):
        return subprocess.run([program], env={**os.environ, **environment}, capture_output=True, text=True, check=True).stdout.strip()

    compile_to(work / "plain", made)
    compile_to(work / "removable", work / "copy" / "verify" / "made.cpp", here / "removable_check.cpp")
    assert output(work / "plain") == AS_IT_IS, output(work / "plain")
    fired = work / "fired"
    fired.write_text("")
    assert output(work / "removable", TENZRO_CHECKS_FIRED=str(fired)) == AS_IT_IS
    listed = [line.split("\t") for line in (work / "checks.txt").read_text().splitlines()]
    found = [(one[2], one[3], one[6], output(work / "removable", TENZRO_REMOVED_CHECK=one[0])) for one in listed]
    for wanted, got in zip(EXPECTED, found):
        assert wanted == got, f"wanted {wanted}, got {got}"
    assert len(found) == len(EXPECTED), found
    # Each of them refuses something above, and says so once.
    assert sorted(fired.read_text().split()) == sorted(one[0] for one in listed), fired.read_text()
    assert all(one[1].startswith("verify/made.cpp:") for one in listed)
    # A second run leaves alone what is as it should be, and takes away what has no source any more.
    before = (work / "copy" / "verify" / "made.cpp").stat().st_mtime_ns
    (made.parent / "left.txt").unlink()
    make_removable.main(work / "src", work / "copy", work / "checks.txt")
    assert (work / "copy" / "verify" / "made.cpp").stat().st_mtime_ns == before
    assert not (work / "copy" / "verify" / "left.txt").exists()
    print(f"{len(found)} forms of a check are found and removed")


if __name__ == "__main__":
    main(sys.argv[1], pathlib.Path(sys.argv[2]))
