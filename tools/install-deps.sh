#!/usr/bin/env bash
# Installs the Debian 12 packages that building and running sgproof needs, if any is missing.
#
#   tools/install-deps.sh [--list]
#
# Does nothing when all are there: no network, no root. Otherwise it needs root or sudo.
# --list prints the packages and ends.
#
# Exit code: 0 all are installed, 1 they could not be installed.
set -euo pipefail

packages=(
  # compilers and build tools; LLVM's programs carry the suffix -19 on Debian (clang-19, llvm-link-19)
  g++ gcc-multilib libc6-dev cmake ninja-build make git patch
  clang-19 lld-19 llvm-19 llvm-19-dev libclang-common-19-dev libclang-rt-19-dev
  clang-tools-19 clang-tidy-19 clang-format-19
  # libraries
  libz3-dev nlohmann-json3-dev libcli11-dev libfmt-dev libspdlog-dev libsqlite3-dev libssl-dev
  libpugixml-dev libxxhash-dev zlib1g-dev
  # tests
  libgtest-dev libgmock-dev librapidcheck-dev libbenchmark-dev jq
  # kernel trees, and what their makefiles call
  linux-source-6.1 linux-source-6.12 flex bison bc libelf-dev cpio xz-utils kmod
  # solving again, sandboxes, booting
  cvc5 bubblewrap qemu-system-x86
  # executing code of other architectures
  qemu-user-static libc6-dev-mips-cross libgcc-12-dev-mips-cross
  libc6-dev-riscv64-cross libgcc-12-dev-riscv64-cross
  libc6-dev-armhf-cross libgcc-12-dev-armhf-cross
  libc6-dev-powerpc-cross libgcc-12-dev-powerpc-cross
  libc6-dev-s390x-cross libgcc-12-dev-s390x-cross
  libc6-dev-arm64-cross libgcc-12-dev-arm64-cross
  libc6-dev-ppc64el-cross libgcc-12-dev-ppc64el-cross
)

if [[ ${1:-} == --list ]]; then
  printf '%s\n' "${packages[@]}"
  exit 0
fi

if ! command -v dpkg-query >/dev/null; then
  echo "$0: this is not Debian; sgproof needs the counterparts of:" >&2
  printf '  %s\n' "${packages[@]}" >&2
  exit 1
fi

# Package names, one a line, that are installed. dpkg-query fails when it does not know one.
installed=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' "${packages[@]}" 2>/dev/null |
  sed -n 's/^installed //p' || true)
missing=()
for package in "${packages[@]}"; do
  grep -qxF -- "$package" <<<"$installed" || missing+=("$package")
done
if (( ${#missing[@]} == 0 )); then
  exit 0
fi

echo "missing packages: ${missing[*]}"
root=()
if (( EUID != 0 )); then
  if ! command -v sudo >/dev/null; then
    echo "$0: run as root: apt-get install --no-install-recommends ${missing[*]}" >&2
    exit 1
  fi
  root=(sudo)
fi
install=(env DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends)
if ! "${root[@]}" apt-get update || ! "${root[@]}" "${install[@]}" "${missing[@]}"; then
  echo "$0: apt-get could not install the packages. LLVM 19 and linux-source-6.12 need the" >&2
  echo "suites bookworm, bookworm-updates and bookworm-security." >&2
  exit 1
fi
