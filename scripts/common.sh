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

# need_packages NAME…: installs those of the Debian packages that are missing.
need_packages() {
    local missing as_root=()
    missing=$(comm -23 <(printf '%s\n' "$@" | sort) \
        <(dpkg-query -W -f '${db:Status-Status} ${Package}\n' 2>/dev/null | sed -n 's/^installed //p' | sort) | tr '\n' ' ')
    [[ -n $missing ]] || return 0
    say "installing Debian packages: $missing"
    if ((EUID != 0)); then
        command -v sudo >/dev/null || die "neither root nor sudo; install these packages by hand: $missing"
        as_root=(sudo)
    fi
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get update -q >&2
    # shellcheck disable=SC2086
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $missing >&2 ||
        die "apt-get could not install the packages above; is Debian 12's package mirror reachable?"
}
