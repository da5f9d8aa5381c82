# Debian's mingw-w64 with POSIX threads. Libraries come from the cross-built prefix (prefix.sh), never from the host.
set(CMAKE_SYSTEM_NAME Windows)
set(CMAKE_SYSTEM_VERSION 10.0)
set(CMAKE_SYSTEM_PROCESSOR AMD64)
set(triple x86_64-w64-mingw32)
set(CMAKE_C_COMPILER ${triple}-gcc-posix)
set(CMAKE_CXX_COMPILER ${triple}-g++-posix)
set(CMAKE_RC_COMPILER ${triple}-windres)
find_program(CMAKE_MC_COMPILER ${triple}-windmc REQUIRED)
set(CMAKE_AR ${triple}-gcc-ar-posix)
set(CMAKE_RANLIB ${triple}-gcc-ranlib-posix)

if(NOT WIN_PREFIX)
  if(DEFINED ENV{WIN_PREFIX})
    set(WIN_PREFIX $ENV{WIN_PREFIX})
  else()
    execute_process(COMMAND ${CMAKE_CURRENT_LIST_DIR}/prefix.sh --print
                    OUTPUT_VARIABLE WIN_PREFIX OUTPUT_STRIP_TRAILING_WHITESPACE RESULT_VARIABLE missing)
    if(missing)
      message(FATAL_ERROR "The Windows libraries are not built yet: run installer/windows/prefix.sh")
    endif()
  endif()
  set(WIN_PREFIX ${WIN_PREFIX} CACHE PATH "Cross-built libraries")
endif()
# CMake's own test projects read this file again and must see the same prefix.
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES WIN_PREFIX)

set(CMAKE_FIND_ROOT_PATH ${WIN_PREFIX} /usr/${triple})
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)

# One Windows API level for everything, or the layouts of Asio and Poco types differ between objects.
set(api_level "-D_WIN32_WINNT=0x0A00 -DWINVER=0x0A00")
set(CMAKE_C_FLAGS_INIT "${api_level}")
set(CMAKE_CXX_FLAGS_INIT "${api_level} -Wa,-mbig-obj")
# The programs must start on a bare Windows: no compiler runtime DLL beside them.
set(CMAKE_EXE_LINKER_FLAGS_INIT "-static -static-libgcc -static-libstdc++")
set(CMAKE_SHARED_LINKER_FLAGS_INIT "-static -static-libgcc -static-libstdc++")

set(CMAKE_CROSSCOMPILING_EMULATOR ${CMAKE_CURRENT_LIST_DIR}/../../tests/support/wine.sh)
