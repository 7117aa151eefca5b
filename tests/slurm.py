"""Debian's Slurm on this machine: munged, slurmctld and two slurmd, each a node, all below one folder. Needs root."""

import os
import secrets
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Self

PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "squeue", "scancel", "scontrol", "sinfo")
NODES = ("n1", "n2")
PATH = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"


def why_not() -> str:
    """Why Slurm cannot run here; empty if it can."""
    missing = [program for program in PROGRAMS if shutil.which(program, path=PATH) is None]
    if missing:
        return f"no {', '.join(missing)} (tools/install_system_packages.sh slurm)"
    return "" if os.geteuid() == 0 else "slurmd needs root"


class Slurm:
    """A cluster of two nodes of one core each. Use as a context; `environment` is for those who submit to it."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.environment = {**os.environ, "PATH": PATH, "SLURM_CONF": str(folder / "slurm.conf")}

    def __enter__(self) -> Self:
        for name in ("state", "log", *(f"spool-{node}" for node in NODES)):
            (self.folder / name).mkdir(parents=True)
        key = self.folder / "munge.key"
        key.write_bytes(secrets.token_bytes(1024))
        key.chmod(0o400)
        self._write_configuration(_free_ports(1 + len(NODES)))
        socket_, seed = self.folder / "munge.sock", self.folder / "munge.seed"
        self._start("munged", "--force", f"--key-file={key}", f"--socket={socket_}", f"--seed-file={seed}",
                    f"--pid-file={self.folder}/munged.pid", f"--log-file={self.folder}/log/munged.log")  # fmt: skip
        self._start("slurmctld", "-c")
        for node in NODES:
            self._start("slurmd", "-N", node)
        self.wait_until(lambda: self.ask("sinfo", "-h", "-o", "%D %t") == "2 idle", 60, "the nodes")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        subprocess.run(["scancel", "--user=root"], env=self.environment, timeout=30)
        for name in (*(f"slurmd-{node}" for node in NODES), "slurmctld", "munged"):
            self._end(name, signal.SIGTERM)

    def ask(self, *command: str) -> str:
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True, timeout=60)
        return done.stdout.strip()

    def stop(self, node: str) -> None:
        """A node is gone at once, with all that runs on it."""
        for pid in self._processes_of(node):
            os.kill(pid, signal.SIGKILL)

    def wait_until(self, holds, seconds: float, what: str) -> None:
        """Wait for something. Raises AssertionError with the logs' ends."""
        end = time.monotonic() + seconds
        while not holds():
            logs = "\n".join(path.read_text()[-1500:] for path in sorted((self.folder / "log").iterdir()))
            assert time.monotonic() < end, f"{what} did not come within {seconds:.0f} s\n{logs}"
            time.sleep(0.5)

    def _processes_of(self, node: str) -> list[int]:
        """The node's slurmd, its steps, and what they have started."""
        found, parents = [], {}
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                state = (folder / "stat").read_text().rpartition(")")[2].split()
                variables = (folder / "environ").read_bytes().split(b"\0")
            except OSError:
                continue
            parents[int(folder.name)] = int(state[1])
            own = f"SLURM_CONF={self.folder}".encode()
            if any(variable.startswith(own) for variable in variables) and (
                f"slurmd -N {node} " in f"{command} " or f"SLURMD_NODENAME={node}".encode() in variables
            ):
                found.append(int(folder.name))
        steps = {parents[pid] for pid in found if _name(parents[pid]) == "slurmstepd"}
        return [*found, *steps]

    def _start(self, *command: str) -> None:
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, f"{command[0]}: {done.stdout}{done.stderr}"

    def _end(self, name: str, how: signal.Signals) -> None:
        try:
            pid = int((self.folder / f"{name}.pid").read_text())
            os.kill(pid, how)
        except (OSError, ValueError):
            return
        for _ in range(50):
            if not Path(f"/proc/{pid}").exists():
                return
            time.sleep(0.1)

    def _write_configuration(self, ports: list[int]) -> None:
        # cred_expire is also how long Slurm holds a task back before it starts it again: 120 s by itself.
        folder = self.folder
        nodes = [
            f"NodeName={node} NodeHostname=localhost NodeAddr=127.0.0.1 Port={port} CPUs=1 RealMemory=2000"
            for node, port in zip(NODES, ports[1:], strict=True)
        ]
        text = f"""
ClusterName=hw1dl
SlurmctldHost=localhost(127.0.0.1)
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge.sock,cred_expire=5
SlurmctldPort={ports[0]}
SlurmctldPidFile={folder}/slurmctld.pid
SlurmctldLogFile={folder}/log/slurmctld.log
SlurmdPidFile={folder}/slurmd-%n.pid
SlurmdLogFile={folder}/log/slurmd-%n.log
SlurmdSpoolDir={folder}/spool-%n
StateSaveLocation={folder}/state
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SlurmdParameters=config_overrides
ReturnToService=2
JobRequeue=1
SlurmdTimeout=5
KillWait=2
SchedulerParameters=batch_sched_delay=1,sched_interval=2
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/none
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
"""
        (folder / "slurm.conf").write_text("\n".join([text.strip(), *nodes, ""]))


def _name(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return ""


def _free_ports(count: int) -> list[int]:
    """Ports of the loopback device that nobody listens at."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [found.getsockname()[1] for found in sockets]
    for found in sockets:
        found.close()
    return ports
