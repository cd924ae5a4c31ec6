"""What `--help` shows, on terminals of any width."""

import pytest
from click.testing import CliRunner

from gil import cli
from gil.instruments.survey import plan
from gil.lesson import situations

pytestmark = [pytest.mark.thread_unsafe(reason="replaces sys.stdout"), pytest.mark.lane_independent]
WIDTHS = pytest.mark.parametrize("width", [40, 60, 78, 200])


def shown(*arguments, width):
    ran = CliRunner().invoke(cli.main, [*arguments, "--help"], terminal_width=width)
    assert ran.exit_code == 0
    lines = ran.output.splitlines()
    assert all(line.isprintable() for line in lines)
    assert "\\b" not in ran.output
    assert max(map(len, lines)) <= width
    return lines


def entries(lines, heading):
    """Return the words of each entry below that heading, by name; a long one goes on in the next line."""
    start = lines.index(f"{heading}:") + 1
    found = {}
    for line in lines[start : lines.index("", start) if "" in lines[start:] else None]:
        if not line.startswith("   "):
            name, *words = line.split()
            found[name] = words
        else:
            found[name] += line.split()
    return found


@WIDTHS
def test_situations_are_listed_one_by_one(width):
    """Each has a line of its own, or several that are indented below each other."""
    listed = entries(shown("situations", width=width), "Situations")
    assert listed == {name: one.question.split() for name, one in situations.CATALOGUE.items()}


@WIDTHS
def test_commands_are_described_in_whole_sentences(width):
    """However narrow it is: no `...` in the middle."""
    listed = entries(shown(width=width), "Commands")
    assert set(listed) == set(cli.main.commands)
    assert all(words[-1].endswith(".") and "..." not in words[-1] for words in listed.values())


@WIDTHS
def test_options_fit(width):
    """Nothing of the demo's help is wider than asked for."""
    assert "Options:" in shown("demo", width=width)


@WIDTHS
@pytest.mark.parametrize("command", [None, *cli.main.commands])
def test_examples_fit(width, command):
    """Every help has some; a long command goes on in the next line."""
    lines = shown(*filter(None, [command]), width=width)
    examples = [line.split() for line in lines[lines.index("Examples:") :] if line.startswith("  gil ")]
    assert len(examples) >= 2
    assert {words[1] for words in examples} <= ({command} if command else set(cli.main.commands))


@WIDTHS
def test_the_file_of_args_in_the_help_is_one(width, tmp_path):
    """And no line of it is broken."""
    lines = shown("probe", width=width)
    file = tmp_path / "args.toml"
    file.write_text("\n".join(lines[lines.index("A FILE for --args:") + 1 :]))
    assert plan.read(str(file)) == plan.Plan(
        "data = bytes(10**6)", {"compress": ("data", "level=1")}, {"adler32": "not of interest"}
    )
