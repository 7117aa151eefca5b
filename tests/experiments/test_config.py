import pytest

from experiments.catalog import EXPERIMENTS, IMAGENET10, SOFTMAX
from experiments.config import SoftmaxConfig


def test_settings_come_back_from_a_file_as_they_went():
    config = IMAGENET10.variants["cnn"]
    assert config.differences(config.to_dict()) == []
    assert config.to_dict()["sizes"] == [list(pair) for pair in config.sizes]  # tuples as lists, as JSON has them


def test_differences_are_named():
    config = SoftmaxConfig(model="wrong")
    assert config.differences(SoftmaxConfig(model="double", lr=0.2).to_dict()) == ["lr", "model"]
    assert config.differences({}) == sorted(config.to_dict())


def test_the_homeworks_softmax_settings():
    for name, config in SOFTMAX.variants.items():
        lr = 1.0 if name == "wrong-lr10" else 0.1
        assert (config.batch_size, config.lr, config.epochs, config.sigma) == (256, lr, 10, 0.01)


@pytest.mark.parametrize("experiment", EXPERIMENTS, ids=lambda experiment: experiment.name)
def test_a_quick_run_is_another_run(experiment):
    for name, config in experiment.quick().variants.items():
        assert config.quick
        assert config.epochs <= 3
        assert "quick" in experiment.variants[name].differences(config.to_dict())


@pytest.mark.parametrize(
    ("change", "message"), [({"lr": -1}, "lr must be positive, got -1"), ({"sigma": 0}, "sigma must be")]
)
def test_a_setting_out_of_range_is_named(change, message):
    with pytest.raises(ValueError, match=message):
        SoftmaxConfig(model="wrong", **change)
