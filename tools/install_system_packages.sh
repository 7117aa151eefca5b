#!/bin/sh
# Install the system libraries that the report needs, unless they are there: Pango and harfbuzz-subset
# (WeasyPrint) and poppler's tools (tests); with the argument "browser", the Chromium that the tests drive and the
# programs with which they open archives; with "slurm", the scheduler on which a slow test trains (nothing of it is
# started). With apt on Debian and Ubuntu, with brew on macOS; elsewhere it says what to install.
set -eu

debian="libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 poppler-utils python3-venv"
mac="pango harfbuzz poppler"
if [ "${1:-}" = browser ]; then
    debian="7zip libarchive-tools unzip"
    mac=p7zip
    found=
    for name in chromium chromium-browser google-chrome; do
        if command -v "$name" >/dev/null; then found=1; fi
    done
    [ ! -d "/Applications/Google Chrome.app" ] || found=1
    if [ -z "$found" ]; then
        mac="$mac google-chrome"
        if grep -qs '^ID=ubuntu' /etc/os-release; then debian="$debian chromium-browser"; else debian="$debian chromium"; fi
    fi
fi

if [ "${1:-}" = slurm ]; then
    debian="munge slurmctld slurmd slurm-client"
    command -v apt-get >/dev/null || { echo "No Slurm here: its test is skipped" >&2; exit 0; }
fi

if [ "$(uname)" = Darwin ]; then
    command -v brew >/dev/null || { echo "Install Homebrew (https://brew.sh), or: $mac" >&2; exit 1; }
    for package in $mac; do
        brew list "$package" >/dev/null 2>&1 || brew install "$package"
    done
elif command -v apt-get >/dev/null; then
    missing=
    for package in $debian; do
        dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q '^install ok installed' || missing="$missing $package"
    done
    # A Python that did not come from apt brings its own venv.
    if "${PYTHON:-python3}" -c 'import ensurepip' 2>/dev/null; then missing=$(echo "$missing" | sed 's/ python3-venv//'); fi
    [ -n "$missing" ] || exit 0
    as_root=
    if [ "$(id -u)" != 0 ]; then
        command -v sudo >/dev/null || { echo "As root, run: apt-get install$missing" >&2; exit 1; }
        as_root=sudo
    fi
    echo "installing$missing"
    $as_root apt-get update -qq
    # shellcheck disable=SC2086  # a list of packages
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
elif [ "${1:-}" = browser ]; then
    echo "No Chromium here: the tests of the HTML edition are skipped" >&2
else
    if ! command -v pdftotext >/dev/null || ! ldconfig -p 2>/dev/null | grep -q libharfbuzz-subset; then
        echo "Install these, then run make again: Pango (1.44 or newer), HarfBuzz with libharfbuzz-subset, poppler" >&2
        exit 1
    fi
fi
