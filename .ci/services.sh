# TimescaleDB and Mosquitto of Debian 13 for the tests, on whichever Debian this is. Source it as root:
#   . .ci/services.sh && build_debian13 && start_timescale && provide_mosquitto    … and stop_services at the end.
# It sets EWS_TEST_TIMESCALE_URL, EWS_TEST_MOSQUITTO and EWS_TEST_REQUIRE_ALL, which tests/conftest.py reads.
# The packages come from the mirror that this machine's own apt uses.

debian13=${EWS_TEST_DEBIAN13:-/var/cache/hue-ews-trixie}
debian13_packages=mosquitto,postgresql-17-timescaledb
services_dir=

say() { printf '[%3d s] %s\n' "$SECONDS" "$*"; }

# Every mirror from which this machine takes Debian itself, one a line.
debian_mirrors() {
  apt-get indextargets --format '$(ORIGIN) $(CODENAME) $(REPO_URI)' 'Created-By: Packages' |
    awk '$1 == "Debian" && $2 !~ /-(security|updates|backports)/ { print $3 }' | sort -u
}

# A small Debian 13 with both servers, about 530 MB, kept for the next run.
build_debian13() {
  if [ "$(cat "$debian13/.complete" 2>/dev/null)" = "$debian13_packages" ]; then
    say "Debian 13 root of an earlier run: $debian13"
    return
  fi
  local mirror new=$debian13.new log
  log=$(mktemp)
  for mirror in $(debian_mirrors); do
    say "building a Debian 13 root in $debian13"
    rm -rf "$new" "$debian13"
    mkdir -p "$(dirname "$new")"
    if mmdebstrap --variant=minbase --include="$debian13_packages" trixie "$new" "$mirror" >"$log" 2>&1; then
      printf '%s' "$debian13_packages" >"$new/.complete"
      mv "$new" "$debian13"
      rm -f "$log"
      return
    fi
    tail -n 15 "$log" >&2
  done
  rm -rf "$new" "$log"
  echo "No mirror of this machine's apt sources gave Debian 13 (trixie) with $debian13_packages: the reason stands above." \
    "A mirror frozen before August 2025 has no trixie release; take a newer one, or put a Debian 13 root with these" \
    "packages in $debian13 yourself and write '$debian13_packages' into its file .complete." >&2
  return 1
}

free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

in_debian13() { chroot --userspec=postgres:postgres "$debian13" "$@"; }

# PostgreSQL 17 with TimescaleDB (Apache edition) on a loopback port and a socket in the root's /tmp.
# A database for tests: nothing in it survives, so it does not wait for the disk.
start_timescale() {
  local bin=/usr/lib/postgresql/17/bin data port waited
  services_dir=$(mktemp -d "$debian13/tmp/ews.XXXXXX")
  chmod 755 "$services_dir"
  data=/tmp/$(basename "$services_dir")/data
  port=$(free_port)
  install -d -o "$(stat -c %u "$debian13/var/lib/postgresql")" -g "$(stat -c %g "$debian13/var/lib/postgresql")" -m 700 "$debian13$data"
  in_debian13 $bin/initdb --pgdata="$data" --username=postgres --auth=trust --no-sync --locale=C.UTF-8 --encoding=UTF8 \
    >"$services_dir/initdb.log" 2>&1 || { cat "$services_dir/initdb.log" >&2; return 1; }
  in_debian13 $bin/postgres -D "$data" -c listen_addresses=127.0.0.1 -c port="$port" -c unix_socket_directories=/tmp \
    -c shared_preload_libraries=timescaledb -c timescaledb.license=apache -c timezone=UTC -c dynamic_shared_memory_type=mmap \
    -c max_connections=100 -c shared_buffers=128MB -c fsync=off -c synchronous_commit=off -c full_page_writes=off \
    >"$services_dir/postgres.log" 2>&1 </dev/null &
  local starting=$!
  for waited in $(seq 150); do
    in_debian13 $bin/pg_isready -q -h 127.0.0.1 -p "$port" && break
    kill -0 "$starting" 2>/dev/null && [ "$waited" -lt 150 ] || { tail -n 20 "$services_dir/postgres.log" >&2; return 1; }
    sleep 0.2
  done
  export EWS_TEST_TIMESCALE_URL=postgresql://postgres@127.0.0.1:$port/postgres EWS_TEST_REQUIRE_ALL=1
  say "TimescaleDB answers on port $port"
}

# An executable that takes `-c FILE` like any mosquitto. It runs the Debian 13 program with that root's own C library, so that
# configuration, password and persistence files are ordinary paths of this machine.
provide_mosquitto() {
  local libraries loader wrapper
  libraries=$(dirname "$(echo "$debian13"/usr/lib/*-linux-gnu*/libc.so.6)")
  loader=$(echo "$libraries"/ld-linux*.so.*)
  wrapper=$debian13/usr/local/bin/mosquitto-here
  printf '#!/bin/sh\nexec %s --library-path %s %s/usr/sbin/mosquitto "$@"\n' "$loader" "$libraries" "$debian13" >"$wrapper"
  chmod 755 "$wrapper"
  export EWS_TEST_MOSQUITTO=$wrapper EWS_TEST_REQUIRE_ALL=1
  say "$("$wrapper" -h | head -n 1) is at hand"
}

stop_services() {
  [ -n "$services_dir" ] || return 0
  local pid
  pid=$(head -n 1 "$services_dir/data/postmaster.pid" 2>/dev/null || true)
  if [ -n "$pid" ] && kill -QUIT "$pid" 2>/dev/null; then
    for _ in $(seq 50); do
      kill -0 "$pid" 2>/dev/null || break
      sleep 0.1
    done
    kill -KILL "$pid" 2>/dev/null || true
  fi
  rm -rf "$services_dir"
  services_dir=
}
