#!/usr/bin/env bash
# install_test.sh BUILD_DIRECTORY VERSION: installs into a temporary prefix and builds and runs a C
# program against what is there, found by pkg-config and by find_package.
set -euo pipefail

readonly build=$1 version=$2
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf -- "$scratch"' EXIT
readonly here scratch prefix=$scratch/prefix

fail() {
  echo "install_test: $*" >&2
  exit 1
}

# $1: what it was built with, $2: the program.
expect_version() {
  local said
  said=$(LD_LIBRARY_PATH=$library_directory "$2") || fail "the program built with $1 does not run"
  [[ $said == "$version" ]] || fail "built with $1 it says $said, not $version"
  echo "built with $1: $said"
}

cmake --install "$build" --prefix "$prefix" >/dev/null
pc=$(find "$prefix" -name xaodbc.pc)
library_directory=$(dirname "$(dirname "$pc")")

for file in "$library_directory/libxaodbc.so.${version%%.*}" "$prefix/bin/xaodbc" \
  "$prefix/bin/xa-conformance" \
  "$prefix/include/xaodbc/xa.h" "$prefix/include/xaodbc/xaodbc.h"; do
  [[ -e $file ]] || fail "$file was not installed"
done
"$prefix/bin/xaodbc" --help >/dev/null || fail 'the installed tool does not run'

for loader in lixa lixa-dynamic endurox mq; do
  file=$library_directory/libxaodbc-$loader.so
  [[ -e $file ]] || fail "$file was not installed"
  [[ $(ldd "$file") == *"=> $library_directory/libxaodbc.so."* ]] ||
    fail "$file does not find the library beside it"
done

if [[ $(uname -m) == x86_64 ]]; then
  file=$library_directory/libxaodbc-filter.so
  [[ -e $file ]] || fail "$file was not installed"
  exported=$(nm -D --defined-only "$file" | awk '{ print $3 }')
  [[ $exported == xaodbc_filter ]] || fail "$file exports more than its entry: $exported"
fi

file=$library_directory/libxaodbc-sqlite.so
[[ -e $file ]] || fail "$file was not installed"
exported=$(nm -D --defined-only "$file" | awk '{ print $3 }' | sort | tr '\n' ' ')
[[ $exported == 'sqlite3_extension_init sqlite3_xaodbcsqlite_init ' ]] ||
  fail "$file exports more than its entries: $exported"
[[ $(ldd "$file") != *sqlite3* ]] || fail "$file brings a SQLite of its own"

# The installed tool finds the installed extension, and with it the whole story runs.
mkdir -m 0700 "$scratch/demo"
touch "$scratch/demo/bank-a.db" "$scratch/demo/bank-b.db"
printf '[SQLite3]\nDriver = libsqlite3odbc.so\n' >"$scratch/demo/odbcinst.ini"
printf '[xaodbc]\nlog = %s/log\n' "$scratch/demo" >"$scratch/demo/xaodbc.ini"
for bank in bank-a bank-b; do
  printf '[%s]\ndialect = sqlite\nconnection = Driver=SQLite3;Database=%s\n' \
    "$bank" "$scratch/demo/$bank.db" >>"$scratch/demo/xaodbc.ini"
done
ODBCSYSINI=$scratch/demo "$prefix/bin/xaodbc" demo --ini "$scratch/demo/xaodbc.ini" >/dev/null ||
  fail 'the demonstration does not run on what was installed'

export PKG_CONFIG_PATH=$library_directory/pkgconfig
[[ $(pkg-config --modversion xaodbc) == "$version" ]] || fail 'xaodbc.pc has another version'
read -r -a flags < <(pkg-config --cflags --libs xaodbc)
cc -std=c11 -Wall -Wextra -Wpedantic -Werror "$here/consumer.c" -o "$scratch/consumer" "${flags[@]}"
expect_version pkg-config "$scratch/consumer"

cmake -S "$here" -B "$scratch/build" -DCMAKE_PREFIX_PATH="$prefix" \
  -DXAODBC_EXPECTED_VERSION="$version" >/dev/null
cmake --build "$scratch/build" >/dev/null
expect_version find_package "$scratch/build/consumer"
