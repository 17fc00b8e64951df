# shellcheck shell=bash disable=SC2034,SC2154
# What private_server.sh has to know of MariaDB; sourced by it.

packaged_account=mysql
clean_signal=TERM
quick_signal=KILL
death_signal=KILL

server_program=$(PATH=$PATH:/usr/sbin command -v mariadbd) ||
  fail 'no MariaDB server; install mariadb-server'

# Some of them are fixed when the data directory is made.
mariadb_sizes=(--innodb-log-file-size=8M --innodb-buffer-pool-size=16M
  --innodb-data-file-path=ibdata1:4M:autoextend --innodb-temp-data-file-path=ibtmp1:2M:autoextend
  --innodb-autoextend-increment=1 --aria-log-file-size=8M)

mariadb_initialise() {
  local app_password admin_password
  (as_server mariadb-install-db --no-defaults --datadir="$dir/data" --skip-test-db \
    --skip-name-resolve --auth-root-authentication-method=socket "${mariadb_sizes[@]}")
  app_password=$(<"$dir/app.password")
  admin_password=$(<"$dir/admin.password")
  (as_server "$server_program" --no-defaults --bootstrap --datadir="$dir/data" \
    "${mariadb_sizes[@]}") <<SQL
FLUSH PRIVILEGES;
DELETE FROM mysql.global_priv WHERE User = '';
FLUSH PRIVILEGES;
CREATE DATABASE app CHARACTER SET utf8mb4;
CREATE USER app@'%' IDENTIFIED BY '$app_password';
GRANT ALL ON app.* TO app@'%';
GRANT PROCESS ON *.* TO app@'%';
CREATE USER admin@'%' IDENTIFIED BY '$admin_password';
GRANT ALL ON *.* TO admin@'%' WITH GRANT OPTION;
SQL
}

mariadb_arguments() {
  printf '%s\n' --no-defaults --datadir="$dir/data" --tmpdir="$dir/tmp" \
    --skip-networking=0 --bind-address=127.0.0.1 --port="$port" --skip-name-resolve \
    --socket="$dir/mariadb.sock" --pid-file="$dir/mariadb.pid" \
    --max-connections=200 --performance-schema=0 --skip-log-bin --key-buffer-size=1M \
    "${mariadb_sizes[@]}"
  if [[ $fast == yes ]]; then
    printf '%s\n' --innodb-flush-log-at-trx-commit=0 --innodb-doublewrite=0
  fi
}

mariadb_socket() { echo "$dir/mariadb.sock"; }

mariadb_is_ready() { grep -qs 'ready for connections' "$log"; }

mariadb_clean_up() { :; }
