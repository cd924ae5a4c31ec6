"""`nox -s bench` for real: plain C compiled, and modules measured side by side in one process."""

import json
import subprocess

import pytest

from workshop import extension, repository
from workshop.demo import benchmark

ROW = repository.table().rows[0]

# Calls both modules with each of these, and prints what came of it.
COMPARE = """
import importlib.machinery, importlib.util, json, math, sys
sys.path.insert(0, sys.argv[1])
from pathlib import Path
import measure

def of(call, *arguments, **options):
    try:
        return repr(call(*arguments, **options))
    except Exception as error:
        return type(error).__name__

class Clearing:
    def __index__(self):
        values.clear()
        return 7

values = []
seconds = [0, 0.0, -0.0, False, 1e-9, -1, -1e-9, math.nan, math.inf, 2.0**64, "1", None, 10**400]
sequences = [[], [1, -1, 2**63 - 1, -2**63], (1, 2), range(3), b"ab", [True], "ab", {1}, None, [1.0], ["1"],
             [2**63], [-2**63 - 1], iter([1])]
for file in sys.argv[2:]:
    module = measure.load(Path(file))
    seen = [[of(function, value) for value in seconds] for function in (module.hold, module.release)]
    seen.append([of(module.convert, value) for value in sequences])
    values[:] = [Clearing(), Clearing()]
    seen.append([of(module.convert, values), repr(values)])
    for arguments, options in (((), {}), ((0, None), {}), ((), {"seconds": 0}), ((0,), {"seconds": 0}),
                               ((0,), {"timeline": None}), ((0,), {"timeline": 1}), ((0,), {"other": 1})):
        seen.append([of(module.hold, *arguments, **options), of(module.release, *arguments, **options)])
    print(json.dumps(seen))
assert "_gil" not in sys.modules
"""


@pytest.fixture(scope="module")
def files(tmp_path_factory, interpreter):
    """Return the extension modules of the first row's wheel and of plain C, in both ABIs."""
    folder = tmp_path_factory.mktemp("bench")
    python = interpreter(ROW.built_with)
    compiled = benchmark.compile_c(python, benchmark.stable_abi(ROW), folder)
    return {
        "gil": benchmark.unpack(extension.built(ROW), "_gil", folder / "gil"),
        "c": benchmark.unpack(compiled, "plain_c", folder / "c"),
        "c_stable": benchmark.unpack(compiled, "plain_c_stable", folder / "c"),
    }


def test_plain_c_does_what_the_extension_does(files, interpreter):
    """Same values, same errors: what is compared is the same work."""
    python = interpreter(ROW.built_with)
    command = [python, "-I", "-c", COMPARE, benchmark.FOLDER, *files.values()]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.stderr == ""
    gil, c, c_stable = map(json.loads, run.stdout.splitlines())
    assert gil == c == c_stable
    assert gil[2][1] == "[1, -1, 9223372036854775807, -9223372036854775808]"
    assert gil[3] == ["[7, 7]", "[]"]


def test_every_call_is_measured_in_every_round(files, interpreter):
    taken = benchmark.measured(interpreter(ROW.built_with), files, 10)
    assert list(taken) == list(benchmark.TARGETS)
    for label, rounds in (*((label, 10) for label in [*taken][:-1]), ([*taken][-1], 1)):
        assert {name: len(seconds) for name, seconds in taken[label].items()} == dict.fromkeys(files, rounds)
        assert all(second > 0 for seconds in taken[label].values() for second in seconds)
    rows = benchmark.summary(ROW.built_with, [taken, taken])
    assert [row[-2] for row in rows] == ["same ABI"] * len(taken)
