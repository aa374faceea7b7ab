#!/bin/sh
# Makes sure that there is a Chrome or Chromium for the browser tests: takes what it finds, installs Debian's package on a
# root machine, and otherwise says what to do. Never an error: without a browser, the other tests still have their worth.
set -eu

found() {
    for name in chromium chromium-browser google-chrome google-chrome-stable chrome; do
        command -v "$name" && return 0
    done
    for path in \
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome" \
        "/Applications/Chromium.app/Contents/MacOS/Chromium" \
        "${PLAYWRIGHT_BROWSERS_PATH:-$HOME/.cache/ms-playwright}"/chromium*/chrome-*/*chrome* \
        "$HOME"/Library/Caches/ms-playwright/chromium*; do
        [ -e "$path" ] && echo "$path" && return 0
    done
    return 1
}

install() {
    [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || return 1
    echo "No Chrome or Chromium here: installing Debian's package for the browser tests." >&2
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq >&2 && apt-get install -y -qq --no-install-recommends chromium >/dev/null
}

if browser=$(found) || { install && browser=$(found); }; then
    echo "Browser tests use $browser"
else
    echo "No Chrome or Chromium found, so the browser tests cannot run." \
        "Install one (Debian: apt install chromium; without root: .venv/bin/playwright install chromium)." >&2
fi
