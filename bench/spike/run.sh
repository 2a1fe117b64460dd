#!/usr/bin/env bash
# Builds the spike, asks it the five questions and prints what was measured.
#   bench/spike/run.sh [events] [upload] [websocket] [sockets] [posts] [mixed]
# Loopback only, about three minutes, files under a temporary folder that is
# removed at the end. Needs gcc, libmicrohttpd-dev, libgnutls28-dev, python3, wrk.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/spike.XXXXXX")
server=0
holder=0
scheme=http

finish() {
    for pid in $holder $server; do
        if [ "$pid" -ne 0 ]; then
            kill "$pid" 2>/dev/null || true
        fi
    done
    rm -rf "$work"
}
trap finish EXIT
ulimit -n "$(ulimit -Hn)"

start() { # start OPTION...: sets $server and $port
    : >"$work/out"
    "$work/spike_http" --log "$work/log" "$@" >"$work/out" 2>"$work/err" &
    server=$!
    for _ in $(seq 200); do
        port=$(sed -n 's/^port //p' "$work/out")
        [ -n "$port" ] && return
        sleep 0.05
    done
    cat "$work/err"
    exit 1
}

stop() {
    kill -TERM "$server"
    wait "$server" || echo "    the server ended with status $?"
    server=0
    sort "$work/err" | uniq -c | sed 's/^/    logged: /' | head -5
}

client() { timeout 120 python3 -B "$here/client.py" "$1" "$port" "$server" "${@:2}"; }

load() { # load SECONDS CONNECTIONS
    timeout 60 wrk -t1 -c"$2" -d"$1"s --latency -s "$here/post.lua" \
        "$scheme://127.0.0.1:$port/readings" |
        grep -E '50%|99%|Requests/sec|Non-2xx|Socket errors' | tr '\n' ' ' | tr -s ' '
    awk '{printf "| server CPU %.1f s ", ($14 + $15) / 100}' "/proc/$server/stat"
}

posts() { # posts TITLE OPTION...
    local title=$1
    shift
    start "$@"
    printf '    %-34s' "$title"
    load 6 50
    stop >"$work/said"
    awk '/^posts/ {printf "| %.1f posts a group\n", $4 ? $2 / $4 : 0}' "$work/out"
    cat "$work/said"
}

do_events() {
    echo "1. server-sent events"
    start
    client events
    stop
}

do_upload() {
    for pool in 32768 262144; do
        echo "2. upload, $pool bytes a connection"
        start --pool $pool
        client upload
        stop
    done
}

do_websocket() {
    local certificate="$work/certificate.pem"
    echo "3a. WebSocket over TLS by MHD"
    start --tls "$certificate"
    client websocket "$certificate"
    stop
    echo "3b. WebSocket over TLS by a front of our own"
    start --tls "$certificate" --front
    client websocket "$certificate"
    stop
    echo "3c. WebSocket without TLS"
    start
    client websocket
    stop
    echo "3d. server-sent events over TLS by the front"
    start --tls "$certificate" --front
    client events "$certificate"
    stop
}

do_sockets() {
    for pool in 32768 8192; do
        echo "4. ten thousand sockets, $pool bytes a connection"
        start --pool $pool
        client sockets
        stop
    done
}

do_posts() {
    echo "5. durable POST, wrk with 50 connections for 6 s"
    posts "not durable (the ceiling)" --wait not
    posts "suspended, file grows" --wait suspend
    posts "suspended, file filled before" --wait suspend --ring-mib 64
    posts "suspended, filled, turbo" --wait suspend --ring-mib 64 --turbo
    posts "suspended, filled, one MHD thread" --wait suspend --ring-mib 64 --threads 1
    posts "blocking, two MHD threads" --wait block --ring-mib 64
    posts "blocking, thread a connection" --wait thread --ring-mib 64
    scheme=https
    posts "suspended, TLS by MHD" --wait suspend --ring-mib 64 --tls "$work/certificate.pem"
    posts "suspended, TLS by the front" --wait suspend --ring-mib 64 --tls "$work/certificate.pem" \
        --front
    scheme=http
}

do_mixed() {
    echo "6. durable POST beside 2,000 idle event streams on the same daemon"
    start --wait suspend --ring-mib 64
    mkfifo "$work/hold"
    python3 -B "$here/client.py" hold "$port" "$server" <"$work/hold" >"$work/held" &
    holder=$!
    exec 9>"$work/hold"
    for _ in $(seq 200); do
        grep -q held "$work/held" && break
        sleep 0.05
    done
    printf '    %-34s' "suspended, file filled before"
    load 6 50
    echo
    exec 9>&-
    wait "$holder" || true
    holder=0
    stop
}

# shellcheck disable=SC2086 # flags are words
${CC:-gcc} -std=c11 ${CFLAGS:--O2} -Wall -Wextra -Wshadow -Wconversion -Werror -o "$work/spike_http" \
    "$here/spike_http.c" "$here/tls_front.c" -lmicrohttpd -lgnutls -lpthread
echo "libmicrohttpd $(pkg-config --modversion libmicrohttpd), $(nproc) cores, $(uname -sr)"
for task in "${@:-events upload websocket sockets posts mixed}"; do
    for one in $task; do
        "do_$one"
    done
done
