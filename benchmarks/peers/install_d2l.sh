#!/bin/sh
# d2l 1.0.3 in an environment of its own, benchmarks/peers/.venv; remove the folder to be rid of it.
#
# Without its pins, which ask for numpy 1.23 and matplotlib 3.7 and with them for Python 3.10 at most. A .pth
# file lends it the torch, torchvision and pandas of the environment that trains, so that both are measured on the same torch.
set -eu
cd "$(dirname "$0")"
ours=${PYTHON:-../../.venv/bin/python}
"$ours" -m venv --clear .venv
"$ours" -c 'import sysconfig; print(sysconfig.get_path("purelib"))' \
  > "$(.venv/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/trains.pth"
.venv/bin/python -m pip install --disable-pip-version-check -q --no-deps d2l==1.0.3
.venv/bin/python -m pip install --disable-pip-version-check -q gym ipython matplotlib-inline requests scipy
