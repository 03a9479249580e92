#!/usr/bin/env bash
# What replay makes of machines and disks that fail, with the real program, kernels and QEMU: QEMU
# that is killed, a kernel that does not boot or prints garbage, two gates on one cache, Ctrl-C, a
# full disk. Usage: run-robust.sh SGPROOF [--all].
#   neither  what needs no kernel but the base's
#   --all    also two gates that build one patched kernel, Ctrl-C while it is built, a full disk
# Last line: N passed, N failed.
set -uo pipefail

sgproof=$(realpath "$1")
here=$(cd "$(dirname "$0")/.." && pwd)
. "$here/tests/expectations.sh"
cache=${SGPROOF_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/sgproof}
qemu=$(command -v qemu-system-x86_64)

# gate NAME OPTION...: one run; its exit code is in $code
gate() {
  local name=$1
  shift
  SGPROOF_TEST_RUN=$out "$sgproof" gate --kernel debian:6.1 --config x86_64 --random 50 \
    --out "$out/$name" "$@" >"$out/$name.log" 2>&1
  code=$?
}

# ends NAME EXPECTED: the exit code of the last gate, and that result.json agrees
ends() {
  says "$1: exit code $code, expected $2" [ "$code" = "$2" ] || tail -n 20 "$out/$1.log"
  says "$1: result.json agrees" jq -e --argjson code "$code" '.exit_code == $code' \
    "$out/$1/result.json"
}

# abandoned: what processes that are gone left in the cache's staging since the start
abandoned() {
  local dir pid
  for dir in $(find "$cache/tmp" -mindepth 1 -maxdepth 1 -newer "$out/start" ! -name '*.lock'); do
    pid=${dir##*/}
    pid=${pid%%-*}
    [ -d "/proc/$pid" ] || echo "$dir"
  done
}

# clean NAME: no process of a run of ours is left, and nothing of it in the cache's staging
clean() {
  says "$1: no process is left" \
    [ -z "$(grep -lzF "SGPROOF_TEST_RUN=$out" /proc/[0-9]*/environ 2>/dev/null)" ]
  says "$1: nothing is left in the cache's staging" [ -z "$(abandoned)" ]
}

# with_qemu NAME: from here on, QEMU is the script on standard input; `real` is the real one
with_qemu() {
  mkdir -p "$out/bin-$1"
  { echo '#!/bin/bash'; echo "real=$qemu"; cat; } >"$out/bin-$1/qemu-system-x86_64"
  chmod +x "$out/bin-$1/qemu-system-x86_64"
}

# broken NAME: the gate with that QEMU ends with 3, says which error, and keeps what it proved
broken() {
  PATH=$out/bin-$1:$PATH gate "$1"
  ends "$1" 3
  says "$1: the error has an identifier" jq -e '.error.id == "SGP-E0612"' "$out/$1/result.json"
  says "$1: what was proved is kept" \
    jq -e '[.obligations[] | select(.outcome == "proved")] | length > 100' "$out/$1/result.json"
  clean "$1"
}

touch "$out/start"

with_qemu killed <<'EOF'
kill -KILL $$
EOF
broken killed

with_qemu not-booting <<'EOF'
args=("$@")
for i in "${!args[@]}"; do
  case ${args[i]} in earlyprintk=*) args[i]+=" rdinit=/no-such-program" ;; esac
done
exec "$real" "${args[@]}"
EOF
broken not-booting

with_qemu garbage <<'EOF'
head -c 3000000 /dev/urandom
exit 0
EOF
broken garbage
says "garbage: what was printed does not reach the report raw" \
  [ -z "$(LC_ALL=C tr -d '\11\12\15\40-\176\200-\377' <"$out/garbage.log")" ]

# worker_of PID: the process that proves for it, once it has worked for a second
worker_of() {
  local worker
  until worker=$(pgrep -P "$1" -f prove-family) &&
    [ "$(cut -d' ' -f14 "/proc/$worker/stat" 2>/dev/null || echo 0)" -ge 100 ]; do :; done
  echo "$worker"
}

# A prover that is ended, then Ctrl-C while the next one works; nothing is proved before.
stopped_proof() {
  mkdir "$out/cache"
  ln -s "$cache"/* "$out/cache/"
  rm "$out/cache"/history.*
  coproc PROVE {
    SGPROOF_CACHE=$out/cache SGPROOF_TEST_RUN=$out exec "$sgproof" prove --kernel debian:6.1 \
      --config x86_64 --config i386 --jobs 1 --out "$out/stopped" 2>&1
  }
  local pid=$PROVE_PID line
  while read -r line <&"${PROVE[0]}"; do
    case $line in
    'prove x86_64 tree sync-part'*)
      kill -TERM "$(worker_of "$pid")"
      ;;
    'prove x86_64 tree iommu-1'*)
      worker_of "$pid" >/dev/null
      kill -INT "$pid"
      break
      ;;
    esac
  done
  cat <&"${PROVE[0]}" >"$out/stopped.log"
  wait "$pid"
  code=$?
  ends stopped 3
  says "stopped: the error says so, and where" \
    jq -e '.error.id == "SGP-E0143" and .error.stage == "prove"' "$out/stopped/result.json"
  says "stopped: what was not tried is listed" \
    jq -e '[.obligations[] | select(.config == "i386")] |
      length > 100 and all(.[]; .outcome == "inconclusive" and .reason == "not-run")' \
    "$out/stopped/result.json"
  says "stopped: no line of the manifest is without an answer" \
    jq -e 'all(.causes[]; .kind != "manifest-line")' "$out/stopped/result.json"
  says "stopped: a prover ended when it was told to" \
    jq -e '[.obligations[] | select(.reason_detail | contains("iommu-1 ended with signal 15"))] |
      length > 0' "$out/stopped/result.json"
  says "stopped: what was proved is kept" \
    jq -e '[.obligations[] | select(.outcome == "proved")] | length > 100' \
    "$out/stopped/result.json"
  says "stopped: what was not is in no cell of the table that is proved" \
    jq -e '[.table.rows[] | select(.invariant == "IOM-1") | .cells[0].outcome] == ["inconclusive"]' \
    "$out/stopped/result.json"
  clean stopped
}

stopped_proof

# A patch that nobody has built yet.
fresh_series() {
  printf -- '--- a/kernel/dma/direct.c\n+++ b/kernel/dma/direct.c\n@@ -1,2 +1,3 @@\n %s\n+/* %s */\n /*\n' \
    '// SPDX-License-Identifier: GPL-2.0' "$(cat /proc/sys/kernel/random/uuid)" >"$1"
}

two_gates() {
  fresh_series "$out/two.patch"
  local pids=() codes=() name pid
  for name in two-a two-b; do
    SGPROOF_TEST_RUN=$out "$sgproof" gate --kernel debian:6.1 --config x86_64 --random 50 \
      --series "$out/two.patch" --out "$out/$name" >"$out/$name.log" 2>&1 &
    pids+=($!)
  done
  for pid in "${pids[@]}"; do
    wait "$pid"
    codes+=($?)
  done
  says "two gates at the same time: exit codes ${codes[*]}, expected 0 0" \
    [ "${codes[*]}" = "0 0" ] || tail -n 20 "$out/two-a.log" "$out/two-b.log"
  clean two-gates
}

interrupted() {
  fresh_series "$out/interrupt.patch"
  # the gate is interrupted when it says that the kernel is being built
  coproc GATE {
    SGPROOF_TEST_RUN=$out exec "$sgproof" gate --kernel debian:6.1 --config x86_64 \
      --series "$out/interrupt.patch" --out "$out/interrupted" 2>&1
  }
  local pid=$GATE_PID line
  while read -r line <&"${GATE[0]}"; do
    case $line in 'compile x86_64'* | prove*) kill -INT "$pid" && break ;; esac
  done
  cat <&"${GATE[0]}" >"$out/interrupted.log"
  wait "$pid"
  code=$?
  ends interrupted 3
  clean interrupted
}

full_disk() {
  local disk=$out/disk
  if ! { mkdir -p "$disk" && mount -t tmpfs -o size=64m tmpfs "$disk" 2>/dev/null; }; then
    echo "left out: a full disk (nothing can be mounted here)"
    return
  fi
  # the result on the large disk, the cache on the small one
  SGPROOF_CACHE=$disk/cache gate full --no-replay
  ends full 3
  says "full: the error says that there is no space, with an identifier" \
    jq -e '.error.id != "" and (.error.message | test("[Nn]o space|full|space left"))' \
    "$out/full/result.json" || jq .error "$out/full/result.json"
  # and the other way round: nothing half written is taken for a result
  head -c 64m /dev/zero >"$disk/ballast" 2>/dev/null
  "$sgproof" gate --kernel debian:6.1 --config x86_64 --no-replay \
    --out "$disk/result" >"$out/no-result.log" 2>&1
  code=$?
  says "no space for the result: exit code $code, expected 3" [ "$code" = 3 ] ||
    tail -n 20 "$out/no-result.log"
  says "no space for the result: the error has an identifier" grep -qE 'SGP-E[0-9]{4}' \
    "$out/no-result.log"
  says "no space for the result: no result.json that is cut off" \
    sh -c '[ ! -s "$1" ] || jq -e . "$1"' - "$disk/result/result.json"
  umount "$disk"
}

if [ "${2:-}" = --all ]; then
  two_gates
  interrupted
  full_disk
fi

counted
