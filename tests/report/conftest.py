"""What the tests of finished reports share."""

import dataclasses
import pickle

import pytest

from experiments.disk.files import sha256
from report import verify


@pytest.fixture(scope="module")
def written_once():
    """The report that the attached data give is written once for each state of the data, not in every test."""
    known = {}
    write = verify._written_again

    def written(source, edition="print"):
        key = edition, sha256(pickle.dumps((dataclasses.replace(source, words=None), repr(source.words))))
        if key not in known:
            known[key] = write(source, edition)
        return known[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(verify, "_written_again", written)
        yield
