import pytest

from experiments.catalog import EXPERIMENTS
from experiments.errors import UserError
from report.findings import compute_findings
from report.handin.claims import claims_of
from report.pdf import attachments
from report.pdf.attachments import Source
from report.results import read_results
from report.title_page import TitlePage
from tests.synthetic import write_results


@pytest.fixture(scope="module")
def stored(tmp_path_factory):
    return write_results(tmp_path_factory.mktemp("r"), diverged=[("mlp", 1)])


@pytest.fixture(scope="module")
def source(stored):
    """As it comes out of a PDF."""
    made = Source(read_results(stored, EXPERIMENTS), TitlePage(), "both", "")
    return attachments.unpack(attachments.pack(made, compute_findings(made.results)))


@pytest.mark.parametrize("part", ["softmax", "layer2nn", "mlp", "cnn", "all"])
def test_a_report_gives_back_the_bytes_that_were_stored(stored, source, part):
    claims = claims_of(source, part)
    assert len(claims) == {"softmax": 10, "all": 16}.get(part, 2)
    for claim in claims:
        folder = claim.run_id.folder(stored)
        for name, data in claim.files.items():
            assert data == (folder / name).read_bytes(), (claim.run_id, name)
    assert {claim.images_per_class for claim in claims} == {100}


def test_a_part_that_the_report_does_not_have_is_one_line(source):
    with pytest.raises(UserError, match="--replay vit: the report has no such runs"):
        claims_of(source, "vit")
