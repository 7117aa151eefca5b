#!/usr/bin/env bash
# Run once, when Gradescope builds the image: what the report side of the program needs, and no torch.
set -euo pipefail
cd "$(dirname "$0")"

newest() {
    for python in python3 python3.14 python3.13 python3.12 python3.11; do
        if "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then echo "$python"; return; fi
    done
}
apt-get update -qq
if [ -z "$(newest)" ]; then apt-get install -y -qq python3.11; fi  # Ubuntu 22.04 has 3.10
python=$(newest)
apt-get install -y -qq "$(basename "$(readlink -f "$(command -v "$python")")")-venv"
PYTHON=$python sh tools/install_system_packages.sh
"$python" -m venv .venv
.venv/bin/pip install -q --disable-pip-version-check -c constraints.txt -r requirements.txt
