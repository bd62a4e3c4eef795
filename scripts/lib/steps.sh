# shellcheck shell=bash
# The steps that scripts/check and scripts/test are made of. Sourced after common.sh.

test_count=0
client_summary=
hostile_summary=
crash_summary=

# Layout is swift-format's business, the scripts' is shellcheck's where it can be had.
lint() {
    say "Checking the form of sources and scripts"
    local findings
    findings=$(cd "$root" && git ls-files -z '*.swift' | xargs -0 swift format lint --configuration .swift-format 2>&1 |
        grep -E '(warning|error): \[' || true)
    if [ -n "$findings" ]; then
        printf '%s\n' "$findings" | sed "s|^$root/||" >&2
        fail "please mend these, or run: swift format --in-place --configuration .swift-format FILE"
    fi
    note "swift format: clean"
    if command -v shellcheck >/dev/null; then
        (cd "$root" && git ls-files scripts .ci | while read -r file; do
            if head -1 "$file" | grep -qE 'bash'; then printf '%s\0' "$file"; fi
        done | xargs -0 shellcheck) || fail "shellcheck found something"
        note "shellcheck: clean"
    fi
}

build_and_test() {
    say "Building (debug, warnings are errors)"
    (cd "$root" && swift build --build-tests) || fail "the build failed"
    say "Testing in process and over sockets"
    local log="$root/.build/test-output.txt"
    (cd "$root" && swift test --skip-build --disable-xctest 2>&1) | tee "$log" |
        grep -vE '^(.{1,4} )?(Test|Suite|Test case|Passing) .*(started|passed)' || true
    local summary
    summary=$(grep -E 'Test run with [0-9]+ test' "$log" | tail -1 || true)
    [ -n "$summary" ] || fail "the tests did not run to their end (see $log)"
    test_count=$(sed -E 's/.*Test run with ([0-9]+) test.*/\1/' <<<"$summary")
    grep -q 'passed' <<<"$summary" || fail "tests failed (see $log)"
    note "$test_count tests passed; those with arguments ran $(grep -cE 'Test case .* started' "$log" || true) cases"
}

instruction_gate() {
    [ -x "$root/scripts/instructions" ] || return 0
    "$root/scripts/instructions" || fail "the instruction gate is broken: see above"
}

clients() {
    [ -x "$root/scripts/clients" ] || return 0
    "$root/scripts/clients" || fail "a client did not get what it expects: see above"
    client_summary=$(tail -1 "$root/.build/clients-summary.txt" 2>/dev/null || true)
}

# Twelve deaths, and data that move between our server and the real one.
lasting_data() {
    [ -x "$root/scripts/crash-test" ] || return 0
    "$root/scripts/crash-test" --quick --server "$root/.build/release/apus-server" || fail "data were lost: see above"
    crash_summary=$(tail -1 "$root/.build/crash-summary.txt" 2>/dev/null || true)
    "$root/scripts/round-trip" --server "$root/.build/release/apus-server" || fail "data changed on their way: see above"
    "$root/scripts/replicas" --server "$root/.build/release/apus-server" --seconds 1 || fail "replicas differ: see above"
}

# Random programs under our Lua and under lua5.1: whole ones, with a collection at every allocation, and broken ones. Always the
# same ones, so that what is red here is red because of a change: scripts/lua-differ by hand takes new ones each time.
lua_compared() {
    [ -x "$root/scripts/lua-differ" ] || return 0
    need lua5.1 lua5.1
    build_lua
    say "Comparing our Lua with lua5.1"
    "$root/scripts/lua-differ" --ours "$lua" --seed 51 --programs 2000 || fail "our Lua differs from lua5.1: see above"
    "$root/scripts/lua-differ" --ours "$lua --collect-always" --seed 52 --programs 300 || fail "our Lua differs when it collects: see above"
    "$root/scripts/lua-differ" --ours "$lua" --seed 53 --programs 2000 --broken --run --batch 250 || fail "our Lua refuses otherwise: see above"
}

hostile_input() {
    [ -x "$root/scripts/hostile" ] || return 0
    "$root/scripts/hostile" --share 0.01 || fail "hostile input did harm: see above"
    hostile_summary=$(tail -1 "$root/.build/hostile-summary.txt" 2>/dev/null || true)
}
