# shellcheck shell=bash
# What the scripts share: saying what happens, installing what is missing, building. Sourced, never run.
# Everything here may be repeated at will: what is already in place is left alone.

set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
environments="$root/.build/environments"
export SWIFT_BACKTRACE=${SWIFT_BACKTRACE:-enable=no}

# --help, first of all words, shows what the head of the script says.
if [[ ${1:-} = --help ]]; then
    sed -n '2,/^[^#]/{/^# shellcheck/d; s/^# //p}' "$0"
    exit 0
fi

# Says what is going on, with the seconds since the script began.
say() { printf '\n== [%4ds] %s\n' "$SECONDS" "$*"; }
note() { printf '   %s\n' "$*"; }
fail() { printf '\n** %s\n' "$*" >&2; exit 1; }

# need COMMAND PACKAGE...: the command is there afterwards, or the script ends and says what to do.
need() {
    local command=$1
    shift
    command -v "$command" >/dev/null && return 0
    install_packages "$@"
    command -v "$command" >/dev/null || fail "'$command' is still missing after installing: $*"
}

# want COMMAND PACKAGE...: the same, but the caller can go on without it.
want() {
    local command=$1
    shift
    command -v "$command" >/dev/null && return 0
    (install_packages "$@") && command -v "$command" >/dev/null
}

install_packages() {
    command -v apt-get >/dev/null || fail "please install $* (no apt-get on this machine)"
    local administrator=()
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null || fail "please install $* (needs root, and there is no sudo)"
        administrator=(sudo)
    fi
    note "installing $* with apt-get"
    local log
    log=$(mktemp)
    if ! "${administrator[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@" >"$log" 2>&1; then
        note "refreshing the package lists first"
        "${administrator[@]}" apt-get update >>"$log" 2>&1 || true
        if ! "${administrator[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@" >>"$log" 2>&1; then
            tail -5 "$log" >&2
            rm -f "$log"
            fail "apt-get could not install: $*"
        fi
    fi
    rm -f "$log"
}

# Debian starts the servers it installs. Ours are started by the scripts, on ports of their own.
need_reference_server() {
    if [ -n "${REDIS_SERVER:-}" ]; then
        [ -x "$REDIS_SERVER" ] || fail "REDIS_SERVER=$REDIS_SERVER cannot be run"
        return 0
    fi
    need redis-server redis-server
    REDIS_SERVER=$(command -v redis-server)
    export REDIS_SERVER
}

# python_environment NAME REQUIREMENT...: prints the path of a Python that has them, in an environment of its own.
python_environment() {
    local name=$1 place="$environments/$1"
    shift
    if [ ! -e "$place/complete" ] || [ "$(cat "$place/complete")" != "$*" ]; then
        {
            need python3 python3
            python3 -c 'import ensurepip, venv' 2>/dev/null || install_packages python3-venv
            note "making the Python environment '$name': $*"
            rm -rf "$place"
            python3 -m venv "$place" || fail "python3 -m venv failed for $place"
            "$place/bin/pip" install --quiet --disable-pip-version-check "$@" || fail "pip could not install: $*"
            printf '%s' "$*" >"$place/complete"
        } >&2
    fi
    printf '%s' "$place/bin/python"
}

# python_sources PYTHON PACKAGE VERSION: prints the folder with the package's source distribution, which has its tests.
python_sources() {
    local python=$1 package=$2 version=$3 place="$environments/$2-$3" folder
    if [ ! -f "$place/tests/conftest.py" ]; then
        folder=$(mktemp -d)
        "$python" -m pip download --quiet --disable-pip-version-check --no-deps --no-binary "$package" -d "$folder" \
            "$package==$version" >&2 || fail "pip cannot download $package $version: name a checkout with --checkout DIR"
        mkdir -p "$place"
        tar -xzf "$folder"/*.tar.gz -C "$place" --strip-components=1
        rm -rf "$folder"
    fi
    printf '%s' "$place"
}

need_swift() {
    command -v swift >/dev/null || fail "the Swift toolchain (6.2 or newer) is missing: see https://www.swift.org/install"
    local version
    version=$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9]*\)\.\([0-9]*\).*/\1 \2/p' | head -1)
    local major=${version% *} minor=${version#* }
    if [ "${major:-0}" -lt 6 ] || { [ "$major" -eq 6 ] && [ "$minor" -lt 2 ]; }; then
        fail "Swift 6.2 or newer is needed; this is $(swift --version 2>/dev/null | head -1)"
    fi
}

# Builds the server as it is shipped: optimised, with the runtimes of Swift and C++ inside. It needs only the C library,
# and has less to look up when it starts.
# shellcheck disable=SC2120 # Callers elsewhere give arguments.
build_release() {
    need_swift
    say "Building the server (release, self-contained; up to three minutes the first time)"
    local options=(-Xswiftc -use-ld=lld -Xswiftc -Xclang-linker -Xswiftc -static-libgcc)
    # What a start runs stands side by side, so that it touches few pages: see scripts/start-order.
    options+=(-Xswiftc -Xfrontend -Xswiftc -function-sections)
    options+=(-Xlinker "--symbol-ordering-file=$root/config/start.order" -Xlinker --no-warn-symbol-ordering)
    # The linker takes an archive if it stands in the first folder in which there is anything of that name.
    local runtime folder="$root/.build/archives"
    runtime=$("$(dirname "$(readlink -f "$(command -v swift)")")/clang" -print-file-name=libstdc++.a)
    if [ -e "$runtime" ]; then
        mkdir -p "$folder" && ln -sfn "$runtime" "$folder/libstdc++.a"
        options+=(-Xlinker "-L$folder")
    fi
    # Addresses to be adjusted at the start take a thirtieth of the room; the C library must know the form.
    if printf 'glibc 2.36\n%s\n' "$(getconf GNU_LIBC_VERSION)" | sort --check=quiet --version-sort; then
        options+=(-Xlinker -z -Xlinker pack-relative-relocs)
    fi
    (cd "$root" && swift build -c release --static-swift-stdlib "${options[@]}" "$@") || fail "the release build failed"
    server="$root/.build/release/apus-server"
    export server
}

# Builds the program that runs Lua files on our machine, with the server and as it is built; its path is in $lua.
build_lua() {
    # shellcheck disable=SC2119
    build_release
    lua="$root/.build/release/apus-lua"
    export lua
}

# wait_for_server PORT PID: returns when the server answers PING; fails when it ends or takes over 20 seconds.
wait_for_server() {
    local port=$1 process=$2
    for _ in $(seq 200); do
        kill -0 "$process" 2>/dev/null || return 1
        if timeout 1 redis-cli -p "$port" PING 2>/dev/null | grep -q PONG; then return 0; fi
        sleep 0.1
    done
    return 1
}
