#!/usr/bin/env bash
# Does every series of the corpus still apply to a kernel tree?
#
#   corpus/check-series.sh TREE [NAME]...
#
# For each series (those of corpus/series but bad-* whose expect.json names TREE's
# version, or the ones named), the files it touches are copied out of TREE twice,
# and its patches are applied there in order: once with `git apply`, once with
# `patch -p1 --fuzz=0`. Both must accept every patch and arrive at the same text.
# TREE itself is only read.
#
# Exit code: 0 all applied, 1 some did not, 2 wrong use.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

if (( $# < 1 )); then
  echo "usage: $0 TREE [NAME]..." >&2
  exit 2
fi
if [[ ! -f $1/include/linux/scatterlist.h ]]; then
  echo "$0: $1 is not a kernel tree (no include/linux/scatterlist.h)" >&2
  exit 2
fi
tree=$(cd "$1" && pwd)
shift

for tool in git patch jq; do
  command -v "$tool" >/dev/null || { echo "$0: needs $tool" >&2; exit 2; }
done

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# `git apply` must not take a checkout around the work directory for its own.
export GIT_CEILING_DIRECTORIES=$work GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1

# The patches of a series, in the order of its quilt file.
patches() {
  sed -e 's/[[:space:]]*#.*//' -e '/^[[:space:]]*$/d' "$1/series"
}

# Paths that the patches of a series touch, without the a/ or b/.
touched() {
  local dir=$1 p
  patches "$dir" | while read -r p; do
    sed -n -E 's,^(---|\+\+\+) [ab]/([^[:space:]]+).*,\2,p' "$dir/$p"
  done | sort -u
}

# Prints why on failure.
check() {
  local dir=$1 way=$2 dest=$3 f p
  mkdir -p "$dest"
  while read -r f; do
    # A file that a series creates is not in the tree.
    [[ -f $tree/$f ]] || continue
    mkdir -p "$dest/$(dirname "$f")"
    cp "$tree/$f" "$dest/$f"
  done < <(touched "$dir")
  while read -r p; do
    case $way in
      git) (cd "$dest" && git apply --whitespace=nowarn "$dir/$p") 2>&1 || return 1 ;;
      patch) patch -d "$dest" -p1 --fuzz=0 --no-backup-if-mismatch --batch --silent \
               < "$dir/$p" 2>&1 || return 1 ;;
    esac
  done < <(patches "$dir")
}

# Is the series expected to be judged on this version of the kernel?
version=$(sed -n -E 's/^(VERSION|PATCHLEVEL) = ([0-9]+)$/\2/p' "$tree/Makefile" | head -n 2 | paste -sd.)
about_tree() {
  [[ ! -f $1/expect.json ]] ||
    jq -e --arg k "debian:$version" '.kernel | index($k)' "$1/expect.json" >/dev/null
}

passed=0
failed=0
names=("$@")
if (( ${#names[@]} == 0 )); then
  for dir in "$here"/series/*/; do
    name=$(basename "$dir")
    [[ $name == bad-* ]] || ! about_tree "$dir" || names+=("$name")
  done
fi

for name in "${names[@]}"; do
  dir=$here/series/$name
  why=
  if [[ ! -f $dir/series || ! -f $dir/expect.json ]]; then
    why="needs both a 'series' and an 'expect.json'"
  elif [[ -z $(patches "$dir") ]]; then
    why="its 'series' names no patch"
  elif [[ -n $(comm -3 <(patches "$dir" | sort) <(cd "$dir" && printf "%s\n" *.patch | sort)) ]]; then
    why="its 'series' does not name exactly the patches that are there"
  elif ! out=$(check "$dir" git "$work/$name/git"); then
    why="git apply: $out"
  elif ! out=$(check "$dir" patch "$work/$name/patch"); then
    why="patch -p1: $out"
  elif ! diff -r "$work/$name/git" "$work/$name/patch" >/dev/null; then
    why="git apply and patch -p1 arrive at different text"
  fi
  rm -rf "${work:?}/$name"
  if [[ -z $why ]]; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    echo "FAIL $name: $why"
  fi
done

echo "$passed passed, $failed failed"
(( failed == 0 && passed > 0 ))
