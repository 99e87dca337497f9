"""A walk follows every import of ours, names who asked first, and says which of ours have no file."""

from pathlib import Path

from propcast.delivery.images.reach import Need, Place, reach
from tests.delivery.images.trees import tree

FILES = {
    "app.py": "import json\nfrom propcast.room import inner, constant\n\ndef later():\n    import propcast.lazy\n",
    "room/inner.py": "import outside.thing\n",
    "room/__init__.py": "constant = 1\n",
    "lazy.py": 'from outside import one\nMODULE = "propcast.registered"\nTEXT = "propcast.no.module"\n',
    "registered.py": "",
    "unreached.py": "import never",
}


def test_everything_is_reached_once_with_its_first_place(tmp_path: Path) -> None:
    found = reach(tree(tmp_path, FILES), ["propcast.app"])
    assert found.own == {
        "propcast": None,
        "propcast.app": None,
        "propcast.room": Place("propcast/app.py", 2),
        "propcast.room.inner": Place("propcast/app.py", 2),
        "propcast.lazy": Place("propcast/app.py", 5),
        "propcast.registered": Place("propcast/lazy.py", 2),
    }
    assert [need.full for need in found.outside] == ["outside.thing", "outside.one"]
    assert found.absent == ()


def test_ours_without_a_file_are_absent_and_name_their_importer(tmp_path: Path) -> None:
    source = "from propcast.analytics import windows\nimport propcast.gone.deep\n"
    found = reach(tree(tmp_path, {"app.py": source}), ["propcast.app"])
    assert [(need.module, str(need.place)) for need in found.absent] == [
        ("propcast.analytics", "propcast/app.py:1"),
        ("propcast.gone.deep", "propcast/app.py:2"),
    ]


def test_what_one_place_needs_is_not_optional_because_another_does_without(tmp_path: Path) -> None:
    optional = "try:\n    import outside\nexcept ImportError:\n    outside = None\n"
    files = {"app.py": optional + "import propcast.other\n", "other.py": "import outside\n"}
    (need,) = reach(tree(tmp_path, files), ["propcast.app"]).outside
    assert need == Need("outside", "", Place("propcast/other.py", 1))
    (alone,) = reach(tree(tmp_path / "second", {"app.py": optional}), ["propcast.app"]).outside
    assert alone.optional
