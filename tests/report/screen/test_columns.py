"""Tables fold by columns and come back byte for byte, or are left as they are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from report.screen.columns import folded, unfolded

TABLE = b"""experiment,variant,seed,sample,label,predicted
softmax,wrong,0,60000,9,9
softmax,wrong,0,60001,2,3
softmax,double,0,60000,9,9
softmax,double,0,60001,2,3
imagenet10,cnn,0,7,1,3
"""


def test_a_table_comes_back_and_what_repeats_is_written_once():
    text = folded(TABLE)
    assert unfolded(text) == TABLE
    assert text.decode().split("\n") == [
        *("experiment,variant,seed,sample,label,predicted", "softmax,wrong,0,2"),
        *("+", "60000", "60001", "+", "9", "2", "+", "", "3"),
        *("softmax,double,0,2", "=0", "=1", "=2"),
        *("imagenet10,cnn,0,1", "+", "7", "+", "1", "+", "3"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "table",
    [
     b"", b"a,b,c\n", b"a,b,c,d\n1,2,3",
     b"a,b,c,d\r\n1,2,3,4\r\n", b'a,b,c,d\n1,2,3,"x,y"\n', b"a,b,c,d,e\n1,2,3,4,\n"],
)  # fmt: skip
def test_what_would_not_come_back_is_left_as_it_is(table):
    text = folded(table)
    assert text is None or unfolded(text) == table


@given(st.lists(st.tuples(*[st.sampled_from(["a", "", "0.5", "1"])] * 6)))
def test_any_table_comes_back_or_is_refused(rows):
    table = ("\n".join(["a,b,c,d,e,f", *map(",".join, rows)]) + "\n").encode()
    text = folded(table)
    assert text is None or unfolded(text) == table


@pytest.mark.parametrize(
    "text",
    [b"a,b,c,d\nx,y,z,2\n+\n1", b"a,b,c,d\nx,y,z,2\n=0", b"a,b,c,d\nx", b"a", b"a,b,c" + b",d" * 99,
     b"a,b,c,d\nx,y,z,1\n+\n1\nx,y,z,2\n=0"],
)  # fmt: skip
def test_what_was_not_folded_is_refused(text):
    with pytest.raises((ValueError, LookupError)):
        unfolded(text)


def test_a_table_that_grows_without_end_is_not_unfolded():
    bomb = b"a,b,c,d\nx,y,z,1000\n+\n" + b"1\n" * 1000 + b"\n".join([b"x,y,z,1000\n=0"] * 1000)
    with pytest.raises(ValueError, match="larger than 0 MB"):
        unfolded(bomb, largest=1 << 19)
