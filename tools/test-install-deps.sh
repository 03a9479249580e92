#!/usr/bin/env bash
# Tests install-deps.sh where nothing is installed, with an apt-get and a dpkg-query of our own.
#
# Exit code: 0 as expected, 1 not.
set -euo pipefail

tool=$(realpath "$(dirname "$0")/install-deps.sh")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# on_path NAME: the program NAME is the script on standard input
on_path() {
  { echo '#!/bin/bash'; cat; } >"$work/$1"
  chmod +x "$work/$1"
}

# ends NAME UPDATE INSTALL EXPECTED: apt-get update ends with UPDATE, apt-get install with INSTALL
ends() {
  local code=0
  : >"$work/calls"
  PATH=$work:$PATH UPDATE=$2 INSTALL=$3 CALLS=$work/calls "$tool" >"$work/log" 2>&1 || code=$?
  if [[ $code != "$4" ]]; then
    echo "$1: exit code $code, expected $4"
    cat "$work/log"
    exit 1
  fi
}

on_path dpkg-query <<<'exit 1'
on_path sudo <<<'exec "$@"'
on_path apt-get <<'EOF'
echo "$DEBIAN_FRONTEND $*" >>"$CALLS"
case $1 in
  update) exit "$UPDATE" ;;
  install) exit "$INSTALL" ;;
esac
exit 2
EOF

ends "no network" 100 0 1
ends "a package that is not there" 0 100 1
grep -q 'could not install' "$work/log"
ends "all is installed" 0 0 0
called=$(sed -n 's/^noninteractive install //p' "$work/calls")
for package in $("$tool" --list); do
  if [[ " $called " != *" $package "* ]]; then
    echo "$package is not installed"
    exit 1
  fi
done
