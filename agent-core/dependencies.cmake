# Every third-party library, once, as an imported target named cmgmon::<library>. Nothing is downloaded here:
# native packages come from the system, Windows ones from the cross-built prefix (WIN_PREFIX).

# Boost.Asio and the other header-only parts of Boost 1.81.
find_path(CMGMON_BOOST_INCLUDE boost/asio.hpp REQUIRED)
add_library(cmgmon_boost INTERFACE)
target_include_directories(cmgmon_boost SYSTEM INTERFACE ${CMGMON_BOOST_INCLUDE})
target_compile_definitions(cmgmon_boost INTERFACE BOOST_ASIO_NO_DEPRECATED BOOST_ERROR_CODE_HEADER_ONLY)
if(MINGW)
  # Asio takes its thread class from whether a POSIX header came before it, which differs from file to file: one class
  # for all, or a thread that is made in one file and joined in another has two layouts.
  target_compile_definitions(cmgmon_boost INTERFACE BOOST_ASIO_HAS_PTHREADS=1)
endif()
target_link_libraries(cmgmon_boost INTERFACE Threads::Threads $<$<PLATFORM_ID:Windows>:ws2_32>
                                             $<$<PLATFORM_ID:Windows>:mswsock>)
add_library(cmgmon::boost ALIAS cmgmon_boost)

# spdlog (the agent's diary) and fmt, header-only on both platforms so that both builds are the same code.
find_path(CMGMON_SPDLOG_INCLUDE spdlog/spdlog.h REQUIRED)
find_path(CMGMON_FMT_INCLUDE fmt/format.h REQUIRED)
add_library(cmgmon_fmt INTERFACE)
target_include_directories(cmgmon_fmt SYSTEM INTERFACE ${CMGMON_FMT_INCLUDE})
target_compile_definitions(cmgmon_fmt INTERFACE FMT_HEADER_ONLY=1)
add_library(cmgmon::fmt ALIAS cmgmon_fmt)
add_library(cmgmon_spdlog INTERFACE)
target_include_directories(cmgmon_spdlog SYSTEM INTERFACE ${CMGMON_SPDLOG_INCLUDE})
target_compile_definitions(cmgmon_spdlog INTERFACE SPDLOG_FMT_EXTERNAL=1)
target_link_libraries(cmgmon_spdlog INTERFACE cmgmon_fmt Threads::Threads)
add_library(cmgmon::spdlog ALIAS cmgmon_spdlog)

find_path(CMGMON_CLI11_INCLUDE CLI/CLI.hpp REQUIRED)
add_library(cmgmon_cli11 INTERFACE)
target_include_directories(cmgmon_cli11 SYSTEM INTERFACE ${CMGMON_CLI11_INCLUDE})
add_library(cmgmon::cli11 ALIAS cmgmon_cli11)

find_package(Poco REQUIRED COMPONENTS Foundation JSON Net)
add_library(cmgmon_json INTERFACE)
target_link_libraries(cmgmon_json INTERFACE Poco::JSON Poco::Foundation)
add_library(cmgmon::json ALIAS cmgmon_json)

# Sockets, names and addresses, the head of an HTTP request. TLS is OpenSSL's, without Poco's NetSSL (docs/adr/0018).
add_library(cmgmon_poco_net INTERFACE)
target_link_libraries(cmgmon_poco_net INTERFACE Poco::Net Poco::Foundation)
add_library(cmgmon::poco_net ALIAS cmgmon_poco_net)

find_path(CMGMON_OPENSSL_INCLUDE openssl/ssl.h REQUIRED)
find_library(CMGMON_SSL_LIBRARY ssl REQUIRED)
find_library(CMGMON_CRYPTO_LIBRARY crypto REQUIRED)
add_library(cmgmon_openssl INTERFACE)
target_include_directories(cmgmon_openssl SYSTEM INTERFACE ${CMGMON_OPENSSL_INCLUDE})
target_link_libraries(cmgmon_openssl INTERFACE ${CMGMON_SSL_LIBRARY} ${CMGMON_CRYPTO_LIBRARY} Threads::Threads
                                               $<$<PLATFORM_ID:Windows>:ws2_32> $<$<PLATFORM_ID:Windows>:crypt32>)
add_library(cmgmon::openssl ALIAS cmgmon_openssl)

find_path(CMGMON_SQLITECPP_INCLUDE SQLiteCpp/SQLiteCpp.h REQUIRED)
find_library(CMGMON_SQLITECPP_LIBRARY SQLiteCpp REQUIRED)
find_library(CMGMON_SQLITE_LIBRARY sqlite3 REQUIRED)
add_library(cmgmon_sqlite INTERFACE)
target_include_directories(cmgmon_sqlite SYSTEM INTERFACE ${CMGMON_SQLITECPP_INCLUDE})
# As the library itself was compiled: its header hides a function otherwise.
target_compile_definitions(cmgmon_sqlite INTERFACE SQLITE_ENABLE_COLUMN_METADATA)
target_link_libraries(cmgmon_sqlite INTERFACE ${CMGMON_SQLITECPP_LIBRARY} ${CMGMON_SQLITE_LIBRARY} Threads::Threads)
add_library(cmgmon::sqlite ALIAS cmgmon_sqlite)

# The text format of metrics.
find_path(CMGMON_PROMETHEUS_INCLUDE prometheus/registry.h REQUIRED)
find_library(CMGMON_PROMETHEUS_LIBRARY prometheus-cpp-core REQUIRED)
add_library(cmgmon_prometheus INTERFACE)
target_include_directories(cmgmon_prometheus SYSTEM INTERFACE ${CMGMON_PROMETHEUS_INCLUDE})
target_compile_definitions(cmgmon_prometheus INTERFACE $<$<PLATFORM_ID:Windows>:PROMETHEUS_CPP_CORE_STATIC_DEFINE>)
target_link_libraries(cmgmon_prometheus INTERFACE ${CMGMON_PROMETHEUS_LIBRARY} Threads::Threads)
add_library(cmgmon::prometheus ALIAS cmgmon_prometheus)

find_package(yaml-cpp REQUIRED)
add_library(cmgmon_yaml INTERFACE)
target_link_libraries(cmgmon_yaml INTERFACE yaml-cpp)
add_library(cmgmon::yaml ALIAS cmgmon_yaml)

# Debian's libre2-dev ships no CMake package, only re2.pc.
find_path(CMGMON_RE2_INCLUDE re2/re2.h REQUIRED)
find_library(CMGMON_RE2_LIBRARY re2 REQUIRED)
add_library(cmgmon_re2 INTERFACE)
target_include_directories(cmgmon_re2 SYSTEM INTERFACE ${CMGMON_RE2_INCLUDE})
target_link_libraries(cmgmon_re2 INTERFACE ${CMGMON_RE2_LIBRARY} Threads::Threads)
add_library(cmgmon::re2 ALIAS cmgmon_re2)
