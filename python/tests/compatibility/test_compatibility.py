"""The page that says what of MXNet's interface is there says the truth."""
import importlib.util
import pathlib

HERE = pathlib.Path(__file__).parent
ROOT = HERE.parents[2]


def tool():
    spec = importlib.util.spec_from_file_location("compatibility",
                                                  ROOT / "python/tools/compatibility.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_page_is_up_to_date():
    compatibility = tool()
    made = compatibility.page(compatibility.survey(HERE / "mxnet-1.9.1.txt"))
    written = (ROOT / "docs/compatibility.md").read_text(encoding="utf-8")
    assert made == written, ("run python/tools/compatibility.py python/tests/compatibility/"
                             "mxnet-1.9.1.txt docs/compatibility.md")


def test_what_is_lacking_is_found():
    compatibility = tool()
    assert compatibility.status("mxnet", "def", "no_such_thing", [], [])[0] == compatibility.NOT_YET
    assert compatibility.status("mxnet", "def", "cpu", ["device_id", "other"], []) == (
        compatibility.PARTLY, "parameters other")
    assert compatibility.status("mxnet", "class", "Context", None, ["empty_cache", "fly"]) == (
        compatibility.PARTLY, "methods fly")
    assert compatibility.parameters("(self, a, b=(1, 2), *c, d='x', **e)") == ["a", "b", "d"]
