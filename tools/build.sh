# Builds in build/<kind>. Sourced by ./start and ./check from the project's root; quiet when all is
# well.
#
#   release   gcc, optimised: what ./start runs, and the web and bench parts
#   asan      gcc with AddressSanitizer and UndefinedBehaviorSanitizer
#   tsan      gcc with ThreadSanitizer
#   clang     clang with both sanitizers of asan and the fuzz targets
#   rooms-X   as release, but with the room X alone; rooms-none has no room

export ASAN_OPTIONS=${ASAN_OPTIONS:-detect_leaks=1:abort_on_error=0}
export UBSAN_OPTIONS=${UBSAN_OPTIONS:-halt_on_error=1:print_stacktrace=1}
export TSAN_OPTIONS=${TSAN_OPTIONS:-halt_on_error=1:second_deadlock_stack=1}

# The same source in another build folder or clone is the same to ccache.
export CCACHE_BASEDIR=$PWD CCACHE_NOHASHDIR=1

# build_kind KIND [TARGET...]: set up when needed, build; print only on failure.
build_kind() {
    local kind=$1 dir=build/$1 log compiler=gcc options=()
    shift
    case "$kind" in
        release) options=(--buildtype=debugoptimized) ;;
        asan) options=(--buildtype=debugoptimized -Db_sanitize=address,undefined) ;;
        tsan) options=(--buildtype=debugoptimized -Db_sanitize=thread) ;;
        clang)
            compiler=clang
            options=(--buildtype=debugoptimized -Db_sanitize=address,undefined -Db_lundef=false
                -Dfuzz=true)
            ;;
        rooms-none) options=(--buildtype=debugoptimized '-Drooms=[]') ;;
        rooms-*) options=(--buildtype=debugoptimized "-Drooms=${kind#rooms-}") ;;
        *)
            echo "no such build: $kind" >&2
            return 1
            ;;
    esac
    mkdir -p build
    log=build/$kind.log
    # A folder keeps the defaults of the day it was set up: other options, another folder.
    if [ ! -f "$dir/build.ninja" ] || ! cmp -s meson_options.txt "$dir/meson_options.seen"; then
        rm -rf "$dir"
        if ! CC="ccache $compiler" meson setup "$dir" "${options[@]}" >"$log" 2>&1; then
            grep -E 'ERROR|WARNING' "$log" >&2
            echo "the build '$kind' could not be set up; all of its output: $log" >&2
            rm -f "$dir/build.ninja"
            return 1
        fi
        cp meson_options.txt "$dir/meson_options.seen"
    fi
    if ! ninja -C "$dir" "$@" >"$log" 2>&1; then
        grep -v '^\[[0-9]*/[0-9]*\] \(Compiling\|Linking\|Generating\)' "$log" >&2
        echo "the build '$kind' failed; all of its output: $log" >&2
        return 1
    fi
}
