#!/usr/bin/env bash
# Runs one private database server for as long as somebody holds this script's standard input open.
#
#   private_server.sh postgresql|mariadb DIR [--fast] [--set NAME=VALUE]...
#
# DIR is new or empty; everything the server owns lives in it, and DIR is removed at the end. When
# the server answers, one line is printed: ready kind=... pid=... host=127.0.0.1 port=... socket=...
# database=app user=app password_file=... admin=... admin_password_file=... log=...
# Then each line of standard input is a command and is answered by one line, "ok ..." or
# "error ...":
#
#   stop      clean shutdown             start     after stop or kill; "ok pid=N"
#   kill      SIGKILL of every process   restart   stop and start
#   pause     SIGSTOP of every process   resume    SIGCONT
#
# End of input (also because the owner was killed) or a signal ends server, DIR and script.
# --fast gives up durability; --set overrides a server variable. An initialised data directory is
# kept in $XAODBC_SERVER_TEMPLATES (default: beside DIR) and copied, since making one takes seconds.
set -euo pipefail
umask 077

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
readonly here
readonly start_seconds=60
readonly stop_seconds=30

kind='' dir='' fast=no account='' pid='' port='' log='' paused=no
declare -i starts=0
declare -a overrides=()
# Set by private_server_$kind.sh.
packaged_account='' server_program='' clean_signal='' quick_signal='' death_signal=''

fail() {
  echo "error $*"
  echo "private_server: $*" >&2
  exit 1
}

usage() { fail 'usage: private_server.sh postgresql|mariadb DIR [--fast] [--set NAME=VALUE]...'; }

parse_arguments() {
  (($# >= 2)) || usage
  kind=$1 dir=$2
  shift 2
  [[ $kind == postgresql || $kind == mariadb ]] || usage
  while (($# > 0)); do
    case $1 in
      --fast) fast=yes ;;
      --set)
        [[ ${2:-} == *=* ]] || usage
        overrides+=("$2")
        shift
        ;;
      *) usage ;;
    esac
    shift
  done
}

# --- who the server runs as ----------------------------------------------------------------------

server_account() {
  local account
  if ((EUID != 0)); then
    id -un
    return
  fi
  for account in "$packaged_account" nobody; do
    if id "$account" >/dev/null 2>&1; then
      echo "$account"
      return
    fi
  done
  return 1
}

# Runs a command as the server's account, with an environment of its own and, should this script be
# killed the hard way, a signal that ends the command.
as_server() {
  local -a command=(setpriv --pdeathsig "$death_signal")
  if ((EUID == 0)); then
    command+=(--reuid "$account" --regid "$(id -g "$account")" --clear-groups)
  fi
  exec env -i PATH="$PATH" HOME="$dir" TMPDIR="$dir/tmp" LC_ALL=C.UTF-8 "${command[@]}" -- "$@"
}

# --- directories ---------------------------------------------------------------------------------

prepare_directory() {
  mkdir -p -- "$dir"
  [[ -z $(ls -A -- "$dir") ]] || fail "$dir is not empty; name a new directory"
  dir=$(cd -- "$dir" && pwd -P)
  [[ $dir != *[[:space:]]* ]] || fail "$dir: blanks in the path are not supported"
  # sun_path holds 107 bytes and a NUL; the longest name either server puts there has 22.
  ((${#dir} + 22 <= 107)) || fail "$dir is too long a path for a Unix socket; use a shorter one"
  mkdir -- "$dir/tmp"
  chmod 0700 -- "$dir"
  if ((EUID == 0)); then
    chown -R -- "$account:" "$dir"
  fi
  (as_server test -w "$dir") || fail "$account cannot reach $dir; use a directory such as in /tmp"
}

random_password() {
  local password
  password=$(LC_ALL=C tr -dc 'a-zA-Z0-9' < <(head -c 1024 /dev/urandom))
  echo "${password:0:24}"
}

initialise_data() {
  random_password >"$dir/app.password"
  random_password >"$dir/admin.password"
  if ((EUID == 0)); then
    chown -- "$account:" "$dir/app.password" "$dir/admin.password"
  fi
  "${kind}_initialise" >"$dir/initialise.log" 2>&1 || {
    tail -n 20 "$dir/initialise.log" >&2
    fail "cannot initialise a data directory for $kind; the reason is above"
  }
}

# A template is good for one server version, one account and one version of these scripts.
template_name() {
  local digest
  digest=$({ cat "$here"/private_server*.sh; "$server_program" --version; } | sha256sum)
  echo "$kind-$account-${digest:0:16}"
}

copy_or_make_template() {
  local cache=${XAODBC_SERVER_TEMPLATES:-$(dirname "$dir")/xaodbc-server-templates-$EUID}
  local template lock
  mkdir -p -- "$cache"
  [[ -O $cache ]] || fail "$cache belongs to somebody else; set XAODBC_SERVER_TEMPLATES"
  template=$cache/$(template_name)
  exec {lock}>"$cache/$kind.lock"
  flock "$lock"
  if [[ ! -d $template ]]; then
    initialise_data
    rm -rf -- "$cache/$kind-$account-"*
    mkdir -- "$template.partial"
    cp -a -- "$dir/data" "$dir/app.password" "$dir/admin.password" "$template.partial"
    mv -- "$template.partial" "$template"
  else
    cp -a -- "$template"/* "$dir"
  fi
  exec {lock}>&-
}

# --- processes -----------------------------------------------------------------------------------

# A zombie counts as gone: whoever has to reap it may take its time.
alive() {
  local stat
  { read -r stat <"/proc/$1/stat"; } 2>/dev/null || return 1
  stat=${stat##*) }
  [[ ${stat:0:1} != Z ]]
}

children_of() {
  local file stat fields
  for file in /proc/[0-9]*/stat; do
    { read -r stat <"$file"; } 2>/dev/null || continue
    read -r -a fields <<<"${stat##*) }"
    if [[ ${fields[1]} == "$1" ]]; then
      echo "${stat%% *}"
    fi
  done
}

# The parent first, so that it cannot start another child meanwhile. PostgreSQL's backends lead
# process groups of their own, so a signal to the group would miss them.
signal_all() {
  local child
  kill -s "$1" "$pid" 2>/dev/null || return 0
  for child in $(children_of "$pid"); do
    kill -s "$1" "$child" 2>/dev/null || true
  done
}

running() { [[ -n $pid ]] && alive "$pid"; }

wait_until_gone() {
  local process
  local -i deadline=$((SECONDS + stop_seconds))
  for process in "$@"; do
    while alive "$process"; do
      ((SECONDS < deadline)) || return 1
      sleep 0.01
    done
  done
}

kill_server() {
  local -a processes
  running || return 0
  kill -s STOP "$pid"
  mapfile -t processes < <(children_of "$pid")
  processes=("$pid" "${processes[@]}")
  kill -s KILL "${processes[@]}" 2>/dev/null || true
  wait_until_gone "${processes[@]}" || return 1
  pid='' paused=no
}

resume_server() {
  [[ $paused == yes ]] || return 0
  signal_all CONT
  paused=no
}

# $1: the signal by which this server shuts down in the manner wanted.
stop_server() {
  running || return 0
  resume_server
  kill -s "$1" "$pid"
  wait_until_gone "$pid" || return 1
  pid=''
}

# Below the range from which the kernel takes ports for outgoing connections.
random_port() { echo $((20000 + (RANDOM * 32768 + RANDOM) % 12000)); }

launch() {
  local setting
  local -a arguments=()
  starts+=1
  log=$dir/server-$starts.log
  mapfile -t arguments < <("${kind}_arguments")
  for setting in "${overrides[@]}"; do
    arguments+=("--$setting")
  done
  as_server "$server_program" "${arguments[@]}" >"$log" 2>&1 </dev/null &
  pid=$!
  # Bash would report its violent end on stderr.
  disown "$pid"
}

wait_until_ready() {
  local -i deadline=$((SECONDS + start_seconds))
  until "${kind}_is_ready"; do
    running && ((SECONDS < deadline)) || return 1
    sleep 0.02
  done
}

start_server() {
  ! running || return 0
  pid='' paused=no
  launch
  wait_until_ready && return 0
  kill_server || true
  pid=''
  return 1
}

# Whether a port is free is known for certain only by taking it.
first_start() {
  local attempt
  for attempt in 1 2 3 4 5 6 7 8 9 10; do
    port=$(random_port)
    start_server && return 0
    grep -q 'Address already in use' "$log" || break
  done
  tail -n 20 "$log" >&2
  fail "$kind did not start (attempt $attempt); its last words are above"
}

# --- the conversation ----------------------------------------------------------------------------

ready_line() {
  echo "ready kind=$kind pid=$pid host=127.0.0.1 port=$port socket=$("${kind}_socket")" \
    "database=app user=app password_file=$dir/app.password" \
    "admin=admin admin_password_file=$dir/admin.password log=$log"
}

answer() {
  case $1 in
    start) start_server && echo "ok pid=$pid" ;;
    restart) stop_server "$clean_signal" && start_server && echo "ok pid=$pid" ;;
    stop) stop_server "$clean_signal" && echo ok ;;
    kill) kill_server && echo ok ;;
    pause) running && signal_all STOP && paused=yes && echo ok ;;
    resume) running && resume_server && echo ok ;;
    *) echo "error unknown command: $1" ;;
  esac || echo "error $1 failed; see $log"
}

clean_up() {
  trap '' INT TERM HUP PIPE
  stop_server "$quick_signal" || kill_server || true
  "${kind}_clean_up" || true
  rm -rf -- "$dir"
}

main() {
  local command
  parse_arguments "$@"
  # shellcheck source=private_server_postgresql.sh
  source "$here/private_server_$kind.sh"
  account=$(server_account)
  prepare_directory
  trap clean_up EXIT
  trap 'exit 143' INT TERM HUP PIPE
  copy_or_make_template
  first_start
  ready_line
  while read -r command; do
    answer "$command"
  done
}

main "$@"
