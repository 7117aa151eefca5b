import errno
import os

import pytest

from experiments.disk import reading
from experiments.disk.reading import patiently, read_bytes, says_nothing_of_content

PASSING = (errno.ESTALE, errno.EIO, errno.ETIMEDOUT, errno.EINTR, errno.EAGAIN)
LASTING = (errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.ELOOP)


@pytest.fixture
def waits(monkeypatch):
    """The waits so far, none of which takes time."""
    made = []
    monkeypatch.setattr(reading.time, "sleep", made.append)
    return made


def failing(number, times):
    """A function that fails so often, then returns 7; and the list of its calls."""
    calls = []

    def read():
        calls.append(1)
        if len(calls) <= times:
            raise OSError(number, os.strerror(number))
        return 7

    return read, calls


@pytest.mark.parametrize("number", PASSING)
@pytest.mark.parametrize("times", [1, 2])
def test_an_error_that_passes_is_none(waits, number, times):
    read, calls = failing(number, times)
    assert patiently(read) == 7
    assert len(calls) == times + 1
    assert waits == list(reading.WAITS[:times])


@pytest.mark.parametrize("number", PASSING)
def test_an_error_that_stays_is_raised_after_the_third_try(waits, number):
    read, calls = failing(number, 3)
    with pytest.raises(OSError, match=os.strerror(number)):
        patiently(read)
    assert len(calls) == 3


@pytest.mark.parametrize("number", [*LASTING, errno.EACCES, errno.EPERM, errno.ENODEV])
def test_an_error_that_will_not_pass_is_raised_at_once(waits, number):
    read, calls = failing(number, 1)
    with pytest.raises(OSError, match=os.strerror(number)):
        patiently(read)
    assert len(calls) == 1
    assert waits == []


@pytest.mark.parametrize("number", LASTING)
def test_what_is_missing_or_something_else_will_not_become_whole(number):
    assert not says_nothing_of_content(OSError(number, ""))


@pytest.mark.parametrize("number", [*PASSING, errno.EACCES, errno.EPERM, errno.ENOMEM, errno.EMFILE, errno.ENXIO])
def test_any_other_error_says_nothing_of_the_content(number):
    assert says_nothing_of_content(OSError(number, ""))


def test_a_file_is_read(tmp_path):
    (tmp_path / "file").write_bytes(b"x")
    assert read_bytes(tmp_path / "file") == b"x"
