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

find_package(Poco REQUIRED COMPONENTS Foundation JSON)
add_library(cmgmon_json INTERFACE)
target_link_libraries(cmgmon_json INTERFACE Poco::JSON Poco::Foundation)
add_library(cmgmon::json ALIAS cmgmon_json)

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
