import copy
import dataclasses

import pytest

from experiments.catalog import EXPERIMENTS
from experiments.cluster.plan import Plan, UnknownRunError, _device_kind, make_plan, read_plan
from experiments.errors import RefusedError
from experiments.options import TrainingOptions


def options(**changed):
    found = TrainingOptions()
    found.series = None
    given = {
        "seeds": 5,
        "softmax_seeds": 1,
        "ablation": None,
        "quick": False,
        "device": "cpu",
        "precision": "auto",
        "threads": None,
    }
    vars(found).update(given | changed)
    return found


@pytest.fixture(scope="module")
def datasets(tiny_garments, tiny_images):
    return {"fashion-mnist": tiny_garments, "imagenet10": tiny_images}


@pytest.fixture(scope="module")
def plan(datasets):
    return make_plan(options(), EXPERIMENTS, datasets)


def test_softmax_runs_of_four_seeds_are_a_group_and_each_image_run_is_one(plan):
    groups = plan.record["groups"]
    assert len(groups["softmax/seeds-0-3"]["runs"]) == 4 * len(EXPERIMENTS[0].variants)
    assert list(groups["imagenet10/cnn/seed-2"]["runs"]) == ["imagenet10/cnn/seed-2"]
    assert {groups[name]["threads"] for name in ("imagenet10/cnn/seed-2", "imagenet10/mlp/seed-0")} == {8, 1}


def test_what_is_left_open_is_fixed_by_the_plan(datasets):
    assert make_plan(options(), EXPERIMENTS, datasets).record["precision"] == "float32"
    on_gpu = make_plan(options(device="cuda", threads=2), EXPERIMENTS, datasets).record
    assert (on_gpu["device"], on_gpu["precision"]) == ("cuda", "bfloat16")
    assert max(group["threads"] for group in on_gpu["groups"].values()) == 2


def test_a_gpu_is_found_without_torch(tmp_path):
    assert _device_kind(tmp_path / "none") == "cpu"
    (tmp_path / "0000:01:00.0").touch()
    assert _device_kind(tmp_path) == "cuda"


@pytest.mark.parametrize(
    "name", ["imagenet10/cnn/seed-2", "imagenet10/cnn/2", "imagenet10/cnn seed 2", " imagenet10/cnn/seed-2 "]
)
def test_a_run_may_be_named_in_the_usual_ways(plan, name):
    assert plan.group_of(name) == "imagenet10/cnn/seed-2"


def test_a_run_of_a_group_names_the_group(plan):
    assert plan.group_of("softmax/wrong/seed-4") == plan.group_of("softmax/seeds-4-4") == "softmax/seeds-4-4"


@pytest.mark.parametrize(
    ("name", "near"), [("imagenet10/cmn/seed-2", "imagenet10/cnn/seed-2"), ("cnn/seed-3", "imagenet10/cnn/seed-3")]
)
def test_of_a_wrong_name_the_nearest_right_one_is_said(plan, name, near):
    with pytest.raises(UnknownRunError, match=f"did you mean {near}") as error:
        plan.group_of(name)
    assert error.value.exit_code == 2


def test_a_plan_is_read_as_it_was_written(plan, tmp_path):
    plan.write(tmp_path)
    plan.write(tmp_path)
    assert read_plan(tmp_path, plan.digest, 0).record == plan.record
    for digest in ("0" * 16, "../../x", plan.digest[:8]):
        with pytest.raises(RefusedError, match=r"there is no .*; build\.py --plan stores and names it") as error:
            read_plan(tmp_path, digest, 0)
        assert error.value.exit_code == 3


def changed(plan, change):
    record = copy.deepcopy(plan.record)
    change(record)
    return Plan(record)


CNN = "imagenet10/cnn"
CHANGES = {
    "device cpu -> cuda": lambda r: r.update(device="cuda"),
    "precision float32 -> bfloat16": lambda r: r.update(precision="bfloat16"),
    "threads 8 -> 2": lambda r: r["groups"][f"{CNN}/seed-2"].update(threads=2),
    "epochs of imagenet10/cnn 50 -> 9": lambda r: r["variants"][CNN]["config"].update(epochs=9),
    "code of imagenet10/cnn": lambda r: r["variants"][CNN].update(code="f" * 64),
    "data imagenet10": lambda r: r["datasets"]["imagenet10"].update(fingerprint="e" * 64),
    "the keys of its runs": lambda r: r["groups"][f"{CNN}/seed-2"]["runs"].update({f"{CNN}/seed-2": "x"}),
    "is not in this build": lambda r: r["groups"].pop(f"{CNN}/seed-2"),
}


@pytest.mark.parametrize("said", CHANGES)
def test_each_part_that_differs_is_named(plan, said):
    other = changed(plan, CHANGES[said])
    (difference,) = plan.differences(other, f"{CNN}/seed-2")
    assert said in difference
    assert other.digest != plan.digest


def test_what_concerns_other_runs_is_no_difference(plan):
    other = changed(plan, lambda record: record["variants"]["imagenet10/mlp"]["config"].update(epochs=9))
    assert plan.differences(other, f"{CNN}/seed-2") == []
    assert plan.differences(other, "imagenet10/mlp/seed-0") == ["epochs of imagenet10/mlp 50 -> 9"]


def test_groups_of_one_name_are_told_apart(datasets):
    softmax = EXPERIMENTS[0]
    longer = {"longer": dataclasses.replace(softmax.variants["wrong"], epochs=20)}
    both = dataclasses.replace(softmax, variants={**softmax.variants, **longer})
    names = [name for name in make_plan(options(seeds=2), [both], datasets).record["groups"] if "softmax" in name]
    assert names == ["softmax/seeds-0-1", "softmax/seeds-0-1.1"]
