import dataclasses
import json
import math

import pytest

from gil.instruments.probe.result import Kind, Probe
from gil.instruments.survey import baseline
from gil.instruments.survey.errors import UsageError
from gil.instruments.survey.property import HOLDS, HOLDS_NOT, UNKNOWN, releases
from gil.instruments.survey.sweep import Found, Sweep

pytestmark = pytest.mark.lane_independent


def probe(released, name="m:f", reach=0.01):
    attached = 1 - released
    return Probe(
        name=name,
        verdict=Kind.LETS_GO,
        sentence="One sentence.",
        gil_enabled=True,
        attached_share=attached,
        confidence=(attached - reach, attached + reach),
        longest_attached_ms=1.0,
        line=None,
        releases=1,
        samples=100,
        calls=10,
        call_ms=2.0,
        method="debug offsets",
        knocks=0,
        longest_wait_ms=None,
        off_processor_share=0.0,
        detach_us=0.05,
    )


def sweep(**found):
    return Sweep("m", tuple(Found(name, **one) for name, one in found.items()), "3.14.7", gil_enabled=True)


@pytest.fixture
def written(tmp_path):
    file = tmp_path / "base.json"

    def write(document):
        file.write_text(document if isinstance(document, str) else json.dumps(document))
        return str(file)

    return write


def test_is_what_json_wrote(written):
    file = written(sweep(f={"probe": probe(0.9)}, g={"reason": "an exception"}).as_json())
    assert baseline.read(file, "m") == {"f": probe(0.9)}


@pytest.mark.parametrize(
    "text", ["{", "[]", "{}", '{"functions": {"f": {"name": "x"}}}', '{"functions": []}']
)
def test_anything_else_is_refused(written, text):
    with pytest.raises(
        UsageError, match="is not what --json writes; `gil probe m --all --json FILE` writes it"
    ):
        baseline.read(written(text), "m")


def test_of_another_module_it_is_refused(written):
    with pytest.raises(UsageError, match=r"is about the module m, not n\."):
        baseline.read(written(sweep().as_json()), "n")


@pytest.mark.parametrize(("before", "now"), [(0.9, 0.9), (0.9, 0.47), (0.9, 0.99), (0.05, 0.0)])
def test_nothing_is_lost(before, now):
    found = baseline.compare(sweep(f={"probe": probe(now)}), {"f": probe(before)})
    assert (found.lost, found.unknown) == ((), ())


@pytest.mark.parametrize(("before", "now"), [(0.9, 0.43), (0.9, 0.0), (0.11, 0.01)])
def test_who_lets_go_for_less_than_half_is_named(before, now):
    [sentence] = baseline.compare(sweep(f={"probe": probe(now)}), {"f": probe(before)}).lost
    assert sentence.startswith("m:f let go for ")


@pytest.mark.parametrize(
    ("found", "sentence"),
    [
        ({}, "m:f let go for 90 % of its time, and is there no more."),
        (
            {"f": {"reason": "an exception"}},
            "m:f let go for 90 % of its time, and was not measured now: an exception.",
        ),
    ],
)
def test_what_cannot_be_told_is_no_pass(found, sentence):
    compared = baseline.compare(sweep(**found), {"f": probe(0.9)})
    assert (compared.lost, compared.unknown) == ((), (sentence,))


def unknown(**changed):
    """Return the probe of a call of which nothing was seen."""
    seen = {"attached_share": math.nan, "confidence": (0.0, 1.0)} | changed
    return dataclasses.replace(probe(0.5), verdict=Kind.UNKNOWN, **seen)


def test_what_could_not_be_measured_is_no_pass():
    compared = baseline.compare(sweep(f={"probe": unknown()}), {"f": probe(0.9)})
    sentence = "m:f let go for 90 % of its time, and could not be measured now; --seconds gives it more time."
    assert (compared.lost, compared.unknown) == ((), (sentence,))


def test_what_lies_on_both_sides_of_the_limit_is_no_pass():
    compared = baseline.compare(sweep(f={"probe": probe(0.5, reach=0.1)}), {"f": probe(0.9)})
    sentence = "m:f let go for 90 % of its time, and now does for 40 % to 60 %; that is too close to tell"
    assert compared.lost == ()
    [told] = compared.unknown
    assert told.startswith(sentence)


@pytest.mark.parametrize("before", [unknown(), unknown(attached_share=0.1)])
def test_a_baseline_in_which_it_could_not_be_measured_asks_nothing(before):
    compared = baseline.compare(sweep(f={"probe": probe(0.0)}), {"f": before})
    assert (compared.lost, compared.unknown) == ((), ())


def test_the_advice_has_the_same_arguments():
    command = "renew the baseline: `gil probe m --all --args a.toml --json b.json`."
    assert baseline.advice("m", "b.json", "a.toml").endswith(command)


@pytest.mark.parametrize(
    ("released", "code"),
    [(0.95, HOLDS), (0.91, HOLDS), (0.905, UNKNOWN), (0.895, UNKNOWN), (0.88, HOLDS_NOT)],
)
def test_releases_for_a_share(released, code):
    assert releases(probe(released), 0.9)[0] == code


def test_nothing_seen_is_no_release():
    assert releases(probe(0.5, reach=0.5), 0.9)[0] == UNKNOWN


def test_what_could_not_be_measured_releases_for_no_share_at_all():
    code, sentence = releases(unknown(), 0)
    assert code == UNKNOWN
    assert sentence.endswith(" could not be measured; --seconds gives it more time.")
