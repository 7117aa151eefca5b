import threading
import time

from experiments.disk.waiting import wait_for


def test_a_file_that_comes_late_is_waited_for(tmp_path):
    path = tmp_path / "later" / "file"

    def come():
        time.sleep(0.2)
        path.parent.mkdir()
        path.touch()

    thread = threading.Thread(target=come)
    thread.start()
    assert wait_for(path, 10)
    thread.join()


def test_a_file_that_does_not_come_is_given_up(tmp_path):
    start = time.monotonic()
    assert not wait_for(tmp_path / "never", 0.2)
    assert 0.2 <= time.monotonic() - start < 5
