# Flags every target of ours is compiled with.
add_library(cmgmon_flags INTERFACE)
target_compile_options(cmgmon_flags INTERFACE
  $<$<CXX_COMPILER_ID:GNU,Clang>:-Wall;-Wextra;-Wpedantic;-Wconversion;-Wshadow>
  $<$<CXX_COMPILER_ID:MSVC>:/W4;/permissive-;/utf-8;/Zc:__cplusplus>)
# GCC 12 sees overlapping copies in `"x" + text` (its bug 105651) and overflows in Asio's and Windows' atomic operations
# once it optimises; neither is there.
target_compile_options(cmgmon_flags INTERFACE
  $<$<AND:$<CXX_COMPILER_ID:GNU>,$<VERSION_LESS:$<CXX_COMPILER_VERSION>,13>>:-Wno-restrict;-Wno-stringop-overflow>)
if(CMGMON_DEVELOPER_MODE)
  target_compile_options(cmgmon_flags INTERFACE
    $<$<CXX_COMPILER_ID:GNU,Clang>:-Werror> $<$<CXX_COMPILER_ID:MSVC>:/WX>)
endif()
target_compile_definitions(cmgmon_flags INTERFACE
  $<$<PLATFORM_ID:Windows>:NOMINMAX> $<$<PLATFORM_ID:Windows>:WIN32_LEAN_AND_MEAN>
  $<$<PLATFORM_ID:Windows>:UNICODE> $<$<PLATFORM_ID:Windows>:_UNICODE>)

# cmgmon_room(name HEADERS h... SOURCES cpp... [WIN cpp...] [POSIX cpp...] DEPS target...)
# One room = one folder = one static library cmgmon_<name>. Headers are included as "<name>/file.h".
function(cmgmon_room name)
  cmake_parse_arguments(ROOM "" "" "HEADERS;SOURCES;WIN;POSIX;DEPS" ${ARGN})
  set(sources ${ROOM_SOURCES})
  if(WIN32)
    list(APPEND sources ${ROOM_WIN})
  else()
    list(APPEND sources ${ROOM_POSIX})
  endif()
  add_library(cmgmon_${name} STATIC ${sources})
  target_sources(cmgmon_${name} PUBLIC FILE_SET HEADERS BASE_DIRS ${PROJECT_SOURCE_DIR}/agent-core
                                       FILES ${ROOM_HEADERS})
  set_target_properties(cmgmon_${name} PROPERTIES VERIFY_INTERFACE_HEADER_SETS ON)
  target_link_libraries(cmgmon_${name} PUBLIC ${ROOM_DEPS} PRIVATE cmgmon_flags)
endfunction()

# cmgmon_version_resource(target "What it is") gives a Windows program or DLL its version and, to a program, the manifest
# that allows paths of more than 260 characters. Nothing elsewhere.
function(cmgmon_version_resource target description)
  if(NOT WIN32)
    return()
  endif()
  get_target_property(type ${target} TYPE)
  set(filetype VFT_DLL)
  set(filename ${target}.dll)
  set(manifest "")
  if(type STREQUAL EXECUTABLE)
    set(filetype VFT_APP)
    set(filename ${target}.exe)
    set(manifest "1 24 \"${PROJECT_SOURCE_DIR}/installer/windows/program.manifest\"")
  endif()
  configure_file(${PROJECT_SOURCE_DIR}/installer/windows/version.rc.in ${CMAKE_CURRENT_BINARY_DIR}/${target}.rc @ONLY)
  target_sources(${target} PRIVATE ${CMAKE_CURRENT_BINARY_DIR}/${target}.rc)
endfunction()
