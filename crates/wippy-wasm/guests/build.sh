#!/bin/sh
# Builds the guests and writes them as components to prebuilt/.
# Usage: build.sh [GUEST...]    (all of them without arguments)
set -eu
cd "$(dirname "$0")"

[ $# -gt 0 ] || set -- echo citizen text-tools

target=wasm32-unknown-unknown
out=${CARGO_TARGET_DIR:-target}
export CARGO_TARGET_DIR="$out"

packages=
for guest; do
  packages="$packages -p $guest"
done

# WAY=rustup or WAY=debian forces one; else: rustup's target if it is there.
way=${WAY:-}
if [ -z "$way" ]; then
  if [ -d "$(rustc --print sysroot 2>/dev/null)/lib/rustlib/$target" ]; then
    way=rustup
  else
    way=debian
  fi
fi

# Keeps the paths of the building machine out of the panic messages.
remap() {
  "$cargo" fetch --locked --target "$target"
  flags="--remap-path-prefix=$PWD=guests"
  for registry in "${CARGO_HOME:-$HOME/.cargo}"/registry/src/*; do
    flags="$flags --remap-path-prefix=$registry=deps"
  done
}

case $way in
rustup)
  cargo=cargo
  remap
  # shellcheck disable=SC2086
  RUSTFLAGS="$flags" cargo build --locked --release --target "$target" $packages
  ;;
debian)
  cargo=/usr/bin/cargo
  export RUSTC=/usr/bin/rustc
  remap
  # shellcheck disable=SC2086
  RUSTFLAGS="$flags" RUSTC_BOOTSTRAP=1 CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER=wasm-ld-19 \
    "$cargo" build --locked --release --target "$target" -Zbuild-std=std,panic_abort $packages
  ;;
*)
  echo "WAY is rustup or debian, not $way" >&2
  exit 2
  ;;
esac

"$cargo" build --locked -p componentize
mkdir -p prebuilt
for guest; do
  # Cargo writes `-` in a package name as `_` in the file it makes.
  core=$(echo "$guest" | tr - _)
  "$out/debug/componentize" "$out/$target/release/$core.wasm" "prebuilt/$guest.wasm"
done
