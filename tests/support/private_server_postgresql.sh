# shellcheck shell=bash disable=SC2034,SC2154
# What private_server.sh has to know of PostgreSQL; sourced by it.

packaged_account=postgres
clean_signal=INT
# "Immediate" shutdown: no checkpoint for data that is deleted next, yet no shared memory left over.
quick_signal=QUIT
death_signal=QUIT

postgresql_program() {
  local -a found
  found=(/usr/lib/postgresql/*/bin/"$1")
  if [[ -x ${found[-1]} ]]; then
    echo "${found[-1]}"
  else
    command -v "$1"
  fi
}
server_program=$(postgresql_program postgres) || fail 'no PostgreSQL server; install postgresql'

postgresql_initialise() {
  local password
  (as_server "$(postgresql_program initdb)" --pgdata="$dir/data" --username=admin \
    --pwfile="$dir/admin.password" --auth=scram-sha-256 --encoding=UTF8 --locale=C.UTF-8 \
    --wal-segsize=1 --no-sync --no-instructions)
  password=$(<"$dir/app.password")
  # Single-user mode ends a statement at the end of the line.
  (as_server "$server_program" --single -D "$dir/data" postgres) <<SQL
CREATE ROLE app LOGIN PASSWORD '$password';
CREATE DATABASE app OWNER app;
SQL
  # The exit status of single-user mode does not tell whether the statements worked.
  ! grep -q 'ERROR' "$dir/initialise.log"
}

postgresql_arguments() {
  printf '%s\n' -D "$dir/data" \
    --listen_addresses=127.0.0.1 --port="$port" \
    --unix_socket_directories="$dir" --unix_socket_permissions=0700 \
    --max_connections=200 --max_prepared_transactions=200 \
    --shared_buffers=16MB --min_wal_size=2MB --max_wal_size=64MB \
    --wal_level=minimal --max_wal_senders=0 --autovacuum=off --jit=off \
    --dynamic_shared_memory_type=mmap
  if [[ $fast == yes ]]; then
    printf '%s\n' --fsync=off --synchronous_commit=off --full_page_writes=off
  fi
}

postgresql_socket() { echo "$dir"; }

# The last line of the pid file is the state.
postgresql_is_ready() {
  local -a lines=()
  { mapfile -t lines <"$dir/data/postmaster.pid"; } 2>/dev/null || return 1
  [[ ${lines[0]:-} == "$pid" && ${lines[7]:-} == ready* ]]
}

# After SIGKILL the server's System V segment, named in its pid file, would stay for ever.
postgresql_clean_up() {
  local -a lines=() ids=()
  { mapfile -t lines <"$dir/data/postmaster.pid"; } 2>/dev/null || return 0
  read -r -a ids <<<"${lines[6]:-}"
  [[ -z ${ids[1]:-} ]] || ipcrm --shmem-id "${ids[1]}"
}
