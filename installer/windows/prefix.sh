#!/bin/bash
# Builds the libraries that the Windows program is linked with, from Debian's sources, and prints the folder they are in.
#
#   prefix.sh           builds them when they are missing, then prints the folder
#   prefix.sh --print   prints the folder; fails when they are not built
#
# The folder is in the user's cache and its name carries a hash of everything that decides what is in it, so a changed
# recipe or compiler makes a new one. It appears only when it is complete. WIN_PREFIX=DIR names a ready one instead.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
triple=x86_64-w64-mingw32

if [ -n "${WIN_PREFIX:-}" ]; then
  echo "$WIN_PREFIX"
  exit 0
fi

recipe_hash() {
  {
    cat "$here/prefix.sh" "$here/toolchain.cmake"
    "$triple-g++-posix" -dumpfullversion
    # Their headers are linked into the prefix.
    dpkg-query -W -f '${Package} ${Version}\n' libboost1.81-dev libspdlog-dev libfmt-dev libcli11-dev
  } | sha256sum | cut -c1-16
}
home=~  # known to the shell even where HOME is not set
cache=${XDG_CACHE_HOME:-$home/.cache}/cmgmon
prefix=$cache/windows-prefix-$(recipe_hash)

if [ "${1:-}" = --print ]; then
  [ -d "$prefix" ] || exit 1
  echo "$prefix"
  exit 0
fi

say() { echo "windows libraries: $*" >&2; }

mkdir -p "$cache"
exec 9>"$cache/prefix.lock"
flock 9
if [ -d "$prefix" ]; then
  echo "$prefix"
  exit 0
fi

work=$cache/windows-build
rm -rf "$work"
mkdir -p "$work"/{apt/parts,apt/lists/partial,apt/archives/partial,src,out}
out=$work/out

# step NAME COMMAND...: runs it with its talk in a file, says how long it took, shows the end of the file if it failed.
step() {
  local name=$1 start=$SECONDS
  shift
  # In the background, because `set -e` means nothing inside a condition.
  "$@" >"$work/$name.log" 2>&1 </dev/null &
  if ! wait $!; then
    say "$name failed; the end of $work/$name.log:"
    tail -n 40 "$work/$name.log" >&2
    exit 1
  fi
  say "$name: $((SECONDS - start)) s"
}

# Source indexes of the machine's own package archives, kept apart from the machine's.
apt_private() {
  apt-get -o Dir::Etc::sourcelist=/dev/null -o Dir::Etc::sourceparts="$work/apt/parts" \
    -o Dir::State::lists="$work/apt/lists" -o Dir::Cache="$work/apt" -o Dir::Cache::archives="$work/apt/archives" \
    -o Acquire::Retries=3 -o APT::Sandbox::User=root -o APT::Get::List-Cleanup=0 "$@"
}

source_lists() {
  local file
  for file in /etc/apt/sources.list.d/*.sources; do
    [ -f "$file" ] || continue
    sed -E 's/^Types:.*/Types: deb-src/I' "$file" >"$work/apt/parts/$(basename "$file")"
  done
  for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
    [ -f "$file" ] || continue
    sed -nE 's/^deb([[:space:]])/deb-src\1/p' "$file" >"$work/apt/parts/from-$(basename "$file" .list).list"
  done
  find "$work/apt/parts" -empty -delete
  # An archive without sources is no failure: fetching the packages is what counts.
  apt_private update || true
}

# fetch PACKAGE: its unpacked source becomes $work/src/PACKAGE.
fetch() {
  local package=$1 codename
  codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
  mkdir -p "$work/src/$package.d"
  cd "$work/src/$package.d"
  # A security update's source may be gone from its archive already; the release's own serves as well.
  apt_private source "$package" || apt_private source "$package/$codename"
  find . -mindepth 1 -maxdepth 1 -type d -exec mv {} "$work/src/$package" \;
}

configure_and_install() {
  local package=$1
  shift
  cmake -G Ninja -S "$work/src/$package" -B "$work/build-$package" -DCMAKE_TOOLCHAIN_FILE="$here/toolchain.cmake" \
    -DWIN_PREFIX="$out" -DCMAKE_BUILD_TYPE=Release -DCMAKE_INSTALL_PREFIX="$out" -DBUILD_SHARED_LIBS=OFF \
    -DCMAKE_C_COMPILER_LAUNCHER=ccache -DCMAKE_CXX_COMPILER_LAUNCHER=ccache "$@"
  cmake --build "$work/build-$package" --target install
}

headers() {
  mkdir -p "$out/include"
  local name
  for name in boost spdlog fmt CLI; do
    ln -s "/usr/include/$name" "$out/include/$name"
  done
}

yaml_cpp() {
  fetch yaml-cpp
  configure_and_install yaml-cpp -DYAML_BUILD_SHARED_LIBS=OFF -DYAML_CPP_BUILD_TESTS=OFF -DYAML_CPP_BUILD_TOOLS=OFF \
    -DYAML_CPP_BUILD_CONTRIB=OFF
}

re2() {
  fetch re2
  # Debian strips the generated tables from the source; unicode-data brings what they are made of.
  # Their generators want Debian's python3, not another one that a user put in front of it.
  PATH=/usr/bin:$PATH make -C "$work/src/re2" REBUILD_TABLES=1 re2/perl_groups.cc re2/unicode_casefold.cc re2/unicode_groups.cc
  configure_and_install re2 -DRE2_BUILD_TESTING=OFF
}

poco() {
  fetch poco
  cd "$work/src/poco"
  # Header names are case-sensitive on the build machine.
  sed -i 's/<Winsock2\.h>/<winsock2.h>/; s/<Iphlpapi\.h>/<iphlpapi.h>/' Foundation/include/Poco/UnWindows.h
  sed -i 's/"iphlpapi\.lib"/iphlpapi/; s/"ws2_32\.lib"/ws2_32/' Net/CMakeLists.txt
  # A macro of wincrypt.h has the name of one of its enumerators.
  sed -i '0,/^namespace Poco {/s//#undef TIMESTAMP_REQUEST\n\nnamespace Poco {/' Net/include/Poco/Net/ICMPv4PacketImpl.h
  # Debian takes the CMake package files out; bring them back.
  patch -R -p1 -s <debian/patches/0008-Disable-broken-cmake-installation.patch
  local off=() part
  for part in XML UTIL NETSSL CRYPTO DATA DATA_SQLITE DATA_ODBC DATA_MYSQL DATA_POSTGRESQL ENCODINGS MONGODB REDIS \
    ZIP PAGECOMPILER PAGECOMPILER_FILE2PAGE ACTIVERECORD ACTIVERECORD_COMPILER JWT PDF SEVENZIP CPPPARSER POCODOC TESTS; do
    off+=("-DENABLE_$part=OFF")
  done
  configure_and_install poco -DPOCO_UNBUNDLED=OFF -DENABLE_JSON=ON -DENABLE_NET=ON "${off[@]}" -DCMAKE_CXX_STANDARD=17
}

# Compilers of that name which ask ccache first, for builds that take no launcher.
cached_compilers() {
  mkdir -p "$work/bin"
  ln -s "$(command -v ccache)" "$work/bin/$triple-gcc-posix"
}

openssl_libraries() {
  fetch openssl
  cd "$work/src/openssl"
  export PATH="$work/bin:$PATH"
  ./Configure mingw64 --cross-compile-prefix="$triple-" CC=gcc-posix AR=gcc-ar-posix RANLIB=gcc-ranlib-posix \
    --prefix="$out" --libdir=lib -D_WIN32_WINNT=0x0A00 \
    no-autoload-config no-shared no-tests no-engine no-dso no-legacy no-ssl3 no-comp no-srp no-idea no-cast no-seed \
    no-rc4 no-rc2 no-bf no-md4 no-whirlpool no-mdc2 no-gost no-camellia no-aria no-sm2 no-sm3 no-sm4 no-ct no-cmp no-ts
  # Nothing in its folders is ever read (no-autoload-config, no-dso, and the program says so again), but if anything were,
  # they are folders that only administrators write to. Given here, because Configure puts a drive below --prefix.
  local folder="C:/Program Files/CMG Health Monitor/ssl"
  make -j"$(nproc)" OPENSSLDIR="$folder" ENGINESDIR="$folder/engines" MODULESDIR="$folder/modules" build_libs
  make install_dev
}

sqlite() {
  fetch sqlite3
  mkdir -p "$work/build-sqlite"
  cd "$work/build-sqlite"
  # Debian's source has no amalgamation; its makefile makes one.
  "$work/src/sqlite3/configure" --disable-tcl
  make sqlite3.c
  # The options of Debian's own library that show in its interface, and no loading of extensions.
  "$work/bin/$triple-gcc-posix" -O2 -D_WIN32_WINNT=0x0A00 -DSQLITE_THREADSAFE=1 -DSQLITE_DQS=0 -DSQLITE_OMIT_LOAD_EXTENSION \
    -DSQLITE_ENABLE_COLUMN_METADATA -c sqlite3.c -o sqlite3.o
  "$triple-gcc-ar-posix" rcs "$out/lib/libsqlite3.a" sqlite3.o
  cp sqlite3.h "$work/src/sqlite3/src/sqlite3ext.h" "$out/include/"
}

sqlitecpp() {
  fetch sqlitecpp
  configure_and_install sqlitecpp -DSQLITECPP_INTERNAL_SQLITE=OFF -DSQLITECPP_BUILD_TESTS=OFF \
    -DSQLITECPP_BUILD_EXAMPLES=OFF -DSQLITECPP_RUN_CPPLINT=OFF -DSQLITECPP_RUN_CPPCHECK=OFF \
    -DSQLITECPP_USE_STACK_PROTECTION=OFF -DSQLITE_OMIT_LOAD_EXTENSION=ON
}

prometheus() {
  fetch prometheus-cpp
  configure_and_install prometheus-cpp -DENABLE_PULL=OFF -DENABLE_PUSH=OFF -DENABLE_COMPRESSION=OFF \
    -DENABLE_TESTING=OFF -DUSE_THIRDPARTY_LIBRARIES=OFF -DGENERATE_PKGCONFIG=OFF
}

say "building into $prefix (some minutes, once for this recipe)"
start=$SECONDS
step sources source_lists
step headers headers
step yaml-cpp yaml_cpp
step re2 re2
step poco poco
step compilers cached_compilers
step openssl openssl_libraries
step sqlite sqlite
step sqlitecpp sqlitecpp
step prometheus prometheus
mv "$out" "$prefix"
rm -rf "$work"
say "ready after $((SECONDS - start)) s"
echo "$prefix"
