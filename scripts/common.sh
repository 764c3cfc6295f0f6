# Sourced by the other scripts.
set -euo pipefail
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
CACHE=${VISAVIS_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/visavis}
export VISAVIS_CACHE=$CACHE
export CCACHE_DIR=${CCACHE_DIR:-$CACHE/ccache} CCACHE_BASEDIR=$ROOT CCACHE_NOHASHDIR=1 CCACHE_MAXSIZE=3G
say() { printf '\033[1m==>\033[0m %s\n' "$*" >&2; }
die() { printf 'error: %s\n' "$*" >&2; exit 1; }

# Cedar (src/policy/cedar) needs Rust 1.89: prints the path of a cargo that is new enough, or fails.
find_cargo() {
    local cargo version
    for cargo in "$(command -v cargo || true)" "$HOME/.cargo/bin/cargo"; do
        [[ -x $cargo ]] || continue
        version=$("$cargo" --version | sed -E 's/^cargo ([0-9]+)\.([0-9]+).*/\1 \2/')
        ((${version% *} > 1 || ${version#* } >= 89)) && { echo "$cargo"; return; }
    done
    return 1
}
