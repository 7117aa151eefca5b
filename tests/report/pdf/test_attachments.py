import pandas as pd
import pytest

from report.pdf.attachments import _to_csv


@pytest.mark.parametrize("word", ["cnn", "a,b", 'a"b', "a\nb", "", "准确率", None])
@pytest.mark.parametrize("value", [1e-05, 0.1 + 0.2, 3.0, 1e22, float("nan")])
def test_a_table_is_written_as_pandas_writes_it(word, value):
    table = pd.DataFrame({"variant": [word, "mlp"], "seed": [1, 2], "value": [value, 0.5]})
    assert _to_csv(table) == table.to_csv(index=False, lineterminator="\n").encode()
    assert _to_csv(table[:0]) == table[:0].to_csv(index=False, lineterminator="\n").encode()
