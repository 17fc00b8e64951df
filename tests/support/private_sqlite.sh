#!/usr/bin/env bash
# Keeps a directory for a file of SQLite for as long as somebody holds this script's standard input
# open: what private_server.sh does for servers.
#
#   private_sqlite.sh DIR
#
# DIR is new or empty, and is removed at the end. One line is printed: ready kind=sqlite file=...
# There is no server: every line of standard input is answered by "error ...".
set -euo pipefail
umask 077

(($# == 1)) || {
  echo 'error usage: private_sqlite.sh DIR'
  exit 1
}
readonly dir=$1
mkdir -p -- "$dir"
trap 'rm -rf -- "$dir"' EXIT
trap 'exit 143' INT TERM HUP PIPE
echo "ready kind=sqlite file=$dir/app.db"
while read -r command; do
  echo "error there is no server to $command"
done
