# How everything is compiled: language, visibility, warnings, sanitizers, ccache.

set(CMAKE_C_STANDARD 11)
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_C_VISIBILITY_PRESET hidden)
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR})
set(CMAKE_LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR})

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE RelWithDebInfo CACHE STRING "" FORCE)
endif()

find_program(XAODBC_CCACHE ccache)
if(XAODBC_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # Without this leave ccache refuses everything that uses a precompiled header, as the tests do.
  set(launcher env CCACHE_SLOPPINESS=pch_defines,time_macros ${XAODBC_CCACHE})
  set(CMAKE_C_COMPILER_LAUNCHER ${launcher})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${launcher})
endif()

add_library(xaodbc_options INTERFACE)
target_include_directories(xaodbc_options INTERFACE
  ${CMAKE_SOURCE_DIR} ${CMAKE_SOURCE_DIR}/xa/include)
target_compile_options(xaodbc_options INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wcast-align
  -Wimplicit-fallthrough
  $<$<COMPILE_LANGUAGE:CXX>:-Wnon-virtual-dtor$<SEMICOLON>-Wold-style-cast>)
target_compile_definitions(xaodbc_options INTERFACE XAODBC_VERSION="${PROJECT_VERSION}")
if(XAODBC_FAIL_POINTS)
  target_compile_definitions(xaodbc_options INTERFACE XAODBC_FAIL_POINTS=1)
endif()

# GCC's warnings about bounds are often mistaken about code that a sanitizer instrumented.
if(NOT XAODBC_SANITIZE)
  target_compile_options(xaodbc_options INTERFACE -Werror)
else()
  add_compile_options(-fsanitize=${XAODBC_SANITIZE} -fno-omit-frame-pointer
    -fno-sanitize-recover=undefined)
  add_link_options(-fsanitize=${XAODBC_SANITIZE})
  # GCC and clang have different names for this.
  if(XAODBC_SANITIZE MATCHES thread)
    add_compile_definitions(XAODBC_THREAD_SANITIZER=1)
  endif()
endif()

# For libraries that must find every symbol when they are linked. Where clang instruments them, the
# sanitizer's own are in the program only.
if(NOT (XAODBC_SANITIZE AND CMAKE_CXX_COMPILER_ID STREQUAL "Clang"))
  set(XAODBC_NO_UNDEFINED -Wl,-z,defs)
endif()
