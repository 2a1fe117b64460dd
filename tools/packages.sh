# The Debian packages that Xanh needs, and one function that installs what is missing.
# Sourced by ./start and ./check; quiet unless something is missing.

packages_build="
    gcc libc6-dev meson ninja-build pkgconf ccache python3
    libsqlite3-dev libmicrohttpd-dev libgnutls28-dev libgeos-dev libmosquitto-dev libqrencode-dev libcairo2-dev libpango1.0-dev libfontconfig-dev fonts-dejavu-core zlib1g-dev libzstd-dev libzip-dev libexpat1-dev libxlsxwriter-dev
    nettle-dev
    esbuild node-react node-react-dom node-d3 node-leaflet
    tzdata"

# What a machine needs that only runs the program; fonts are for bills on paper.
packages_run="
    libsqlite3-0 libmicrohttpd12 libgnutls30 libgeos-c1v5 libmosquitto1 libqrencode4 libcairo2 libpangocairo-1.0-0 libfontconfig1 fonts-dejavu-core zlib1g libzstd1
    libzip4 libexpat1 libxlsxwriter4 libnettle8 tzdata"

packages_test="
    clang llvm libclang-rt-14-dev binutils libcmocka-dev
    nodejs chromium postgresql mosquitto mosquitto-clients python3-paho-mqtt node-mqtt
    ca-certificates curl git dpkg-dev groff-base"

# Newer packages of nodejs bring npm along and refuse Debian's.
command -v npm >/dev/null || packages_test="$packages_test npm"

# as_root COMMAND...: run it as root, through sudo where we are somebody else.
as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        echo "not root and no sudo: please run: $*" >&2
        return 1
    fi
}

# packages_missing PACKAGE...: print those that are not installed.
packages_missing() {
    local installed
    installed=" $(dpkg-query -W -f '${db:Status-Abbrev}${Package}\n' "$@" 2>/dev/null |
        sed -n 's/^ii //p' | tr '\n' ' ') "
    local package
    for package in "$@"; do
        case "$installed" in
            *" $package "*) ;;
            *) echo "$package" ;;
        esac
    done
}

# packages_ensure PACKAGE...: install what is missing; print apt's words only when it fails.
packages_ensure() {
    local missing log
    missing=$(packages_missing "$@")
    [ -n "$missing" ] || return 0
    echo "installing:" $missing
    log=$(mktemp)
    if ! { as_root apt-get update -qq &&
        as_root env DEBIAN_FRONTEND=noninteractive \
            apt-get install -y -qq --no-install-recommends $missing; } >"$log" 2>&1 </dev/null; then
        cat "$log" >&2
        echo "apt-get could not install:" $missing >&2
        rm -f "$log"
        return 1
    fi
    rm -f "$log"
}
