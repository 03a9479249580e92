#!/usr/bin/env bash
# Plants defects in our own contracts and extraction: the booted kernel must contradict what follows
# from them, and the gate must never pass. Usage: run-planted.sh SGPROOF [--all].
#   neither  one defect in a contract
#   --all    every defect below
# Last line: N passed, N failed.
set -uo pipefail

sgproof=$1
here=$(cd "$(dirname "$0")/.." && pwd)
. "$here/tests/expectations.sh"

# planted NAME FILE FROM TO: in FILE of the harness the text FROM becomes TO
planted() {
  local name=$1 file=$2 from=$3 to=$4 code
  cp -r "$here/kernel-extract/harness" "$out/$name-harness"
  FROM=$from TO=$to perl -0pi -e 's/\Q$ENV{FROM}\E/$ENV{TO}/' "$out/$name-harness/$file"
  says "$name: planted" test -n "$(diff -r "$here/kernel-extract/harness" "$out/$name-harness")"
  SGPROOF_HARNESS_DIR=$out/$name-harness "$sgproof" gate --kernel debian:6.1 --config x86_64 \
    --max-nents 1 --out "$out/$name" >"$out/$name.log" 2>&1
  code=$?
  says "$name: exit code $code, expected 3" [ "$code" = 3 ] || tail -n 40 "$out/$name.log"
  says "$name: the booted kernel and the extracted code are seen to differ" \
    jq -e '[.soundness_alarms[] | select(.kind == "boot-disagrees")] != []' "$out/$name/result.json"
  says "$name: no finding that follows from it is confirmed" \
    jq -e 'all(.findings[] | select(.engine != "replay" and .status != "waived"); .replay != "confirmed")' "$out/$name/result.json"
}

# refuted NAME: some finding was contradicted
refuted() {
  says "$1: a finding that follows from it is refuted" \
    jq -e '[.findings[] | select(.replay == "refuted")] != []' "$out/$1/result.json"
}

# A contract that gives the neighbour of what it was asked for.
planted slot-address env_swiotlb.c \
  'sgp_event(SGP_EV_SWIOTLB_MAP, phys, size' 'sgp_event(SGP_EV_SWIOTLB_MAP, phys + 1, size'
refuted slot-address

if [ "${2:-}" = --all ]; then
  # A contract with the wrong sign.
  planted bus-offset tu_p2pdma.c \
    'bus_offset = in->bus_start - in->cpu_start' 'bus_offset = in->cpu_start - in->bus_start'
  refuted bus-offset
  # A contract that forgets a call: nothing is claimed of it, so only the comparison shows it.
  planted lost-sync env_swiotlb.c \
    'sgp_event(SGP_EV_SWIOTLB_SYNC_CPU, tlb_addr, size, dir, 0, 0);' ''
  # An extraction that drops a call of the kernel's code.
  planted dropped-call tu_direct.c '#include "kernel/dma/direct.c"' \
    '#include <linux/scatterlist.h>
#define sg_dma_unmark_bus_address(sg) ((void)(sg))
#include "kernel/dma/direct.c"'
  refuted dropped-call
fi

counted
