"""Output is kept whole, in files of bounded size, and is read back in the order of time."""

import json
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given
from hypothesis import strategies as st

from propcast.service.supervision.logfile import LogFile, numbered
from propcast.service.supervision.reading import Follower, last_lines, sources


def event(second: int, name: str = "one") -> str:
    return json.dumps({"time": f"2026-11-30T14:05:{second:02d}.000Z", "event": name})


def write(logs: Path, name: str, *lines: str) -> None:
    with LogFile(logs / f"{name}.log") as file:
        file.write("".join(f"{line}\n" for line in lines).encode())


@given(st.lists(st.binary(max_size=40), max_size=40))
def test_whatever_is_written_is_in_the_files_in_order(parts: list[bytes]) -> None:
    """However output is cut, nothing is lost while there is room for it, and only whole lines end a file."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "one.log"
        with LogFile(path, full=64, kept=1000) as file:
            for part in parts:
                file.write(part)
        files = sorted(Path(folder).glob("one.log*"), key=lambda each: -int(each.suffix[1:] if each != path else 0))
        assert b"".join(each.read_bytes() for each in files) == b"".join(parts)
        assert all(each.read_bytes().endswith(b"\n") for each in files if each != path)


def test_only_so_many_old_files_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "one.log"
    with LogFile(path, full=10, kept=2) as file:
        for number in range(9):
            file.write(f"line {number}\n".encode())
    assert path.read_text() == "line 8\n"
    assert [numbered(path, n).read_text() for n in (1, 2)] == ["line 6\nline 7\n", "line 4\nline 5\n"]
    assert not numbered(path, 3).exists()


def test_a_log_that_is_opened_again_goes_on(tmp_path: Path) -> None:
    write(tmp_path, "one", "first")
    write(tmp_path, "one", "second")
    assert (tmp_path / "one.log").read_text() == "first\nsecond\n"


def test_the_last_line_says_why_a_process_ended(tmp_path: Path) -> None:
    with LogFile(tmp_path / "one.log") as file:
        for part in (b"Trace", b"back:\n  here\nValueError: x\n", b"\n"):
            file.write(part)
        assert file.last_line == b"ValueError: x"
        file.write(b"no newline yet")
        assert file.last_line == b"no newline yet"


def test_lines_of_several_processes_are_in_the_order_of_time(tmp_path: Path) -> None:
    write(tmp_path, "a", event(1), event(4))
    write(tmp_path, "b", event(2), "of the same time", event(3))
    lines = last_lines(tmp_path, sources(tmp_path), 4)
    assert [(line.source, line.text) for line in lines] == [
        ("b", event(2)), ("b", "of the same time"), ("b", event(3)), ("a", event(4)),
    ]  # fmt: skip


def test_older_files_are_read_where_the_newest_has_too_few_lines(tmp_path: Path) -> None:
    with LogFile(tmp_path / "a.log", full=40) as file:
        for number in range(20):
            file.write(f"line {number}\n".encode())
    assert [line.text for line in last_lines(tmp_path, ["a"], 9)] == [f"line {n}" for n in range(11, 20)]


def test_a_long_file_is_read_from_its_end(tmp_path: Path) -> None:
    write(tmp_path, "a", *(f"{number} {'x' * 300}" for number in range(2000)))
    assert [line.text.split()[0] for line in last_lines(tmp_path, ["a"], 3)] == ["1997", "1998", "1999"]


def test_a_follower_gives_what_comes_after_it(tmp_path: Path) -> None:
    write(tmp_path, "a", "before")
    with Follower(tmp_path) as follower, LogFile(tmp_path / "a.log") as file:
        assert follower.new() == []
        file.write(b"half a ")
        assert follower.new() == []
        file.write(b"line\nnext")
        assert [line.text for line in follower.new()] == ["half a line"]


def test_a_follower_goes_on_when_a_file_turns(tmp_path: Path) -> None:
    with LogFile(tmp_path / "a.log", full=20) as file, Follower(tmp_path, ["a"]) as follower:
        file.write(b"first\n")
        assert [line.text for line in follower.new()] == ["first"]
        for text in (b"second, and so long\n", b"third\n"):
            file.write(text)
        assert [line.text for line in follower.new()] == ["second, and so long", "third"]


def test_a_follower_hears_of_processes_that_begin_later(tmp_path: Path) -> None:
    with Follower(tmp_path) as follower:
        write(tmp_path, "b", "hello")
        assert [(line.source, line.text) for line in follower.new()] == [("b", "hello")]


def test_a_follower_of_one_process_hears_no_other(tmp_path: Path) -> None:
    with Follower(tmp_path, ["a"]) as follower:
        write(tmp_path, "b", "hello")
        assert follower.new() == []


def test_a_full_disk_costs_lines_and_nobody_is_held_up(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.symlink_to("/dev/full")
    with LogFile(path, full=20) as file:
        for _ in range(4):
            file.write(b"nobody reads this\n")
        assert file.lost >= 3 * len(b"nobody reads this\n")
        assert file.last_line == b"nobody reads this"
