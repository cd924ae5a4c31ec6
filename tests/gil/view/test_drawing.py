"""What lands on the terminal, read back as text."""

import io
import re

import pytest
from rich.cells import cell_len
from rich.console import Console

from gil.lesson.phases import Phase
from gil.view.drawing import ASCII, UNICODE, Lane, axis, bar, draw, glyphs_for, printable, rows

pytestmark = pytest.mark.lane_independent

MS = 1_000_000
PY = [
    Phase("attached", 0, 100 * MS),
    Phase("detached", 100 * MS, 1300 * MS, inferred=True),
    Phase("waiting", 1300 * MS, 2000 * MS, inferred=True),
]
RUST = [Phase("detached", 0, 1000 * MS), Phase("attached", 1000 * MS, 1500 * MS)]


def drawn(*lanes, encoding="utf-8", width=80, **options):
    # Strict, as the standard streams are: what does not fit the encoding raises.
    raw = io.BytesIO()
    file = io.TextIOWrapper(raw, encoding=encoding, newline="")
    console = Console(file=file, width=width, markup=False, highlight=False, _environ={}, **options)
    draw(console, lanes)
    file.flush()
    return raw.getvalue().decode(encoding)


def test_whole_picture():
    lines = drawn(Lane("Python", PY), Lane("Rust", RUST), width=68).splitlines()
    assert [line.rstrip() for line in lines] == [
        "ms      0              500            1000           1500       2000",
        "        |              |              |              |             |",
        "Python  ███────────────────────────────────────░░░░░░░░░░░░░░░░░░░░░",
        "Rust    ──────────────────────────────███████████████",
        "",
        "██ attached   ░░ waiting to attach   ── detached   (a character is",
        "33.3 ms)",
        "",
        "thread   state        from ms     to ms   duration ms",
        "Python   attached        0.00    100.00        100.00",
        "         detached *    100.00   1300.00       1200.00",
        "         waiting *    1300.00   2000.00        700.00",
        "Rust     detached        0.00   1000.00       1000.00",
        "         attached     1000.00   1500.00        500.00",
        "",
        "* inferred: time.sleep detaches; what it took beyond the time asked",
        "was a wait",
    ]


def test_eighty_columns_are_enough():
    text = drawn(Lane("Python", PY), Lane("Rust", RUST))
    assert max(map(cell_len, text.splitlines())) == 80
    assert "waiting *    1300.00   2000.00        700.00" in text
    # One line each: nothing was wrapped.
    assert "detached   (a character is 27.8 ms)\n" in text
    assert "* inferred: time.sleep detaches; what it took beyond the time asked was a wait\n" in text


def test_without_inference_no_footnote():
    assert "inferred" not in drawn(Lane("Rust", RUST))


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "latin-1"])
def test_poor_encodings_get_ascii(encoding):
    text = drawn(Lane("스레드 €", PY), Lane("Rust", RUST), encoding=encoding)
    assert text.replace("€", "").isascii()
    lane = next(line for line in text.splitlines() if line.startswith("Rust"))
    assert set(lane.removeprefix("Rust").strip()) == {"#", "-"}


@pytest.mark.parametrize("encoding", ["utf-8", "cp437", "cp949"])
def test_rich_encodings_get_blocks_if_they_have_them(encoding):
    chosen = glyphs_for(encoding)
    assert chosen is (ASCII if encoding == "cp949" else UNICODE)
    "".join(chosen.values()).encode(encoding)


def test_unknown_encoding_gets_ascii():
    assert glyphs_for("no-such-encoding") is ASCII


@pytest.mark.parametrize("glyphs", [UNICODE, ASCII])
def test_states_differ_without_colour(glyphs):
    assert len(set(glyphs.values())) == 3
    assert all(cell_len(glyph) == 1 for glyph in glyphs.values())


def test_colours_only_where_wanted():
    lanes = Lane("Python", PY), Lane("Rust", RUST)
    plain = drawn(*lanes)
    coloured = drawn(*lanes, force_terminal=True, color_system="standard")
    no_colour = drawn(*lanes, force_terminal=True, color_system="standard", no_color=True)
    assert "\x1b" not in plain
    assert "\x1b[32m" in coloured
    assert "\x1b[3" not in no_colour


def test_names_cannot_move_the_cursor_or_the_lanes():
    assert printable("a\x1b[2J\nb", "utf-8") == "a?[2J?b"
    assert printable("스레드", "ascii") == "\\uc2a4\\ub808\\ub4dc"
    lines = drawn(Lane("스레드", PY), Lane("[red]x" * 9, RUST)).splitlines()
    assert {cell_len(line) for line in lines[2:4]} == {80}
    assert lines[2].startswith("스레드  ")
    assert lines[3].startswith("[red]x[red]x[red]x[r  ")


@pytest.mark.parametrize("lanes", [[], [Lane("Rust", [])]])
def test_nothing_known(lanes):
    assert drawn(*lanes) == "Nothing to draw: no thread was seen twice.\n"


def test_a_lane_without_phases_stays_in_the_picture():
    lines = drawn(Lane("Python", []), Lane("Rust", RUST)).splitlines()
    assert lines[2].strip() == "Python"
    assert lines[3].startswith("Rust    ─")


def test_a_terminal_too_narrow_keeps_lines_whole():
    lines = drawn(Lane("Rust", RUST), width=10).splitlines()
    assert lines[2] == "Rust  " + "─" * 13 + "█" * 7
    assert "Rust     detached      0.00   1000.00       1000.00" in lines  # no number is cut


def test_a_cell_is_the_state_with_most_of_its_time():
    phases = [Phase("attached", 0, 4), Phase("detached", 4, 10), Phase("waiting", 14, 20)]
    assert bar(phases, 0, 20, 2) == ["detached", "waiting"]
    assert bar(phases, 0, 20, 4) == ["attached", "detached", None, "waiting"]


def test_a_cell_adds_up_what_comes_in_pieces():
    pieces = [Phase("detached", start, start + 2) for start in range(0, 9, 3)]
    waits = [Phase("attached", start + 2, start + 3) for start in range(0, 9, 3)]
    assert bar(sorted(pieces + waits, key=lambda phase: phase.start_ns), 0, 9, 1) == ["detached"]


def test_a_bar_of_less_time_than_cells():
    assert (
        bar([Phase("attached", 5, 6), Phase("waiting", 6, 7)], 5, 7, 4) == ["attached"] * 2 + ["waiting"] * 2
    )


@pytest.mark.parametrize("span_ms", [0.000001, 0.003, 0.7, 9.99, 10, 250, 2000.9, 3_600_000])
@pytest.mark.parametrize("width", [20, 61, 72, 200])
def test_axis_labels_stand_over_their_marks(span_ms, width):
    labels, marks = axis(span_ms, width)
    assert len(labels) <= width
    assert len(marks) <= width
    assert marks.count("|") >= 2
    assert marks.count("|") - len(labels.split()) in {0, 1}  # the last one may have no room
    assert [float(label) for label in labels.split()] == sorted(float(label) for label in labels.split())
    for label in labels.split()[:-1]:  # the last one may stand to the left of its mark
        at = re.search(rf"(?<!\S){re.escape(label)}(?!\S)", labels).start()
        assert marks[at] == "|"
        assert abs(at - float(label) * width / span_ms) <= 1


def test_few_phases_get_a_row_each():
    assert rows(RUST, 0) == [("detached", 0.0, 1000.0, 1000.0), ("attached", 1000.0, 1500.0, 500.0)]


def test_many_phases_get_a_row_a_state():
    slices = []
    for start in range(0, 1000 * MS, 50 * MS):
        slices += [
            Phase("detached", start, start + 40 * MS),
            Phase("attached", start + 40 * MS, start + 50 * MS),
        ]
    assert rows(slices, 0) == [
        ("detached (20 times)", 0.0, 990.0, 800.0),
        ("attached (20 times)", 40.0, 1000.0, 200.0),
    ]
