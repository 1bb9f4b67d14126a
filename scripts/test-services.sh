#!/usr/bin/env bash
# Starts a PostgreSQL and a Redis of our own on free loopback ports, for machines where none answer on the standard ones.
#   test-services.sh start DIR   prints `export …` lines with their URLs
#   test-services.sh stop DIR
# Missing servers are installed where apt and root are at hand; otherwise this ends with status 3.
set -euo pipefail
action=$1
dir=$2
# runuser and its kind live here, which not every shell has on its path.
PATH=$PATH:/usr/sbin:/sbin

stop_all() {
  # PostgreSQL shuts down fast on INT; TERM would wait for its clients.
  [ -s "$dir/pg/postmaster.pid" ] && kill -INT "$(head -1 "$dir/pg/postmaster.pid")" 2>/dev/null || true
  [ -s "$dir/redis.pid" ] && kill -TERM "$(cat "$dir/redis.pid")" 2>/dev/null || true
}

postgres_bin() {
  local found
  found=$(compgen -G '/usr/lib/postgresql/*/bin/postgres' | sort -V | tail -1) || true
  [ -n "$found" ] || found=$(command -v postgres || true)
  [ -n "$found" ] && dirname "$found"
}

free_port() {
  node -e 'const server = require("node:net").createServer().listen(0, "127.0.0.1", () => { console.log(server.address().port); server.close() })'
}

install_missing() {
  local missing=()
  command -v redis-server >/dev/null || missing+=(redis-server)
  postgres_bin >/dev/null || missing+=(postgresql)
  [ ${#missing[@]} -gt 0 ] || return 0
  if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    echo "not installed: ${missing[*]}" >&2
    exit 3
  fi
  apt-get update -qq >&2
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >&2
}

start_redis() {
  local port=$1
  redis-server --bind 127.0.0.1 --port "$port" --save '' --appendonly no --dir "$dir" --daemonize no \
    >"$dir/redis.log" 2>&1 </dev/null &
  echo $! >"$dir/redis.pid"
}

start_postgres() {
  local port=$1 bin as=()
  bin=$(postgres_bin)
  install -d -m 700 "$dir/pg"
  # PostgreSQL refuses to run as root.
  if [ "$(id -u)" = 0 ]; then
    chown postgres "$dir/pg"
    as=(runuser -u postgres --)
  fi
  (cd "$dir" && "${as[@]}" "$bin/initdb" -D "$dir/pg" -U postgres --auth=trust --no-sync -E UTF8 --locale=C.UTF-8) \
    >"$dir/initdb.log" 2>&1
  (cd "$dir" && exec "${as[@]}" "$bin/postgres" -D "$dir/pg" -p "$port" -c listen_addresses=127.0.0.1 \
    -c unix_socket_directories= -c fsync=off -c synchronous_commit=off -c full_page_writes=off) \
    >"$dir/pg.log" 2>&1 </dev/null &
}

case "$action" in
  stop) stop_all ;;
  start)
    install_missing
    # The user postgres must be able to reach its folder below this one.
    install -d -m 755 "$dir"
    redis_port=$(free_port)
    postgres_port=$(free_port)
    trap 'cat "$dir"/*.log >&2; stop_all' EXIT
    start_redis "$redis_port"
    start_postgres "$postgres_port"
    export HOLDFAST_TEST_REDIS_URL="redis://127.0.0.1:$redis_port"
    export HOLDFAST_TEST_POSTGRES_URL="postgres://postgres@127.0.0.1:$postgres_port/postgres"
    node "$(dirname "$0")/probe-services.ts" --wait >&2
    trap - EXIT
    echo "export HOLDFAST_TEST_REDIS_URL=$HOLDFAST_TEST_REDIS_URL HOLDFAST_TEST_POSTGRES_URL=$HOLDFAST_TEST_POSTGRES_URL"
    ;;
  *)
    echo "usage: $0 start|stop DIR" >&2
    exit 2
    ;;
esac
