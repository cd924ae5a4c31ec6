import types

import pytest

from gil.instruments.survey import names

pytestmark = pytest.mark.lane_independent


def module(**members):
    made = types.ModuleType("pack.age")
    vars(made).update(members)
    return made


def function(home):
    def f(): ...

    f.__module__ = home
    return f


def test_lists_what_can_be_called_with_the_reason_not_to():
    made = module(
        own=function("pack.other"),
        native=function("_pack"),
        borrowed=function("somewhere.else"),
        Error=type("Error", (ValueError,), {"__module__": "pack"}),
        _private=function("pack.age"),
        VALUE=3,
        module=types,
    )
    assert names.of(made) == {
        "own": None,
        "native": None,
        "borrowed": "comes from somewhere.else",
        "Error": "an exception",
    }


def test_what_the_module_declares_is_its_own():
    made = module(_f=function("x"), g=function("pack"), __all__=["_f", "missing"])
    assert names.of(made) == {"_f": None, "missing": "is named in __all__, but not there"}
