from figures.legend import HANDLE, legend, spread
from figures.text import text_width


def test_places_are_spread_only_where_they_would_touch():
    # 1 and 2 are pushed to 0.5 and 2.5 around their middle 1.5; 9 stays
    assert spread([1, 2, 9], 2) == [0.5, 2.5, 9]
    # three at one place: around it
    assert spread([5, 5, 5], 2) == [3, 5, 7]


def test_a_legend_breaks_into_rows_that_fit():
    entries = [({"color": "k"}, "训练损失 training loss")] * 5
    box = legend(entries, 150)
    assert [len(row) for row in box.rows] == [3, 2]
    last, (_, text) = box.rows[0][-1]
    assert last + HANDLE + 1.6 + text_width(text) <= 150
    assert box.height > legend(entries[:2], 165).height
    assert legend([], 165).height == 0
