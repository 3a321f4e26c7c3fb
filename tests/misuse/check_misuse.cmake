# Compiles SOURCE twice: as it stands, which must succeed, and with the mistake switched on, which must fail for the
# reason that the file gives in its line "// REFUSED: <regular expression>".
#   cmake -DCOMPILER=<c++> -DINCLUDE=<folder> -DSOURCE=<file> [-DUSE_PRECOMPILED=<options>] -P check_misuse.cmake
# With -DPRECOMPILE=<file> instead of SOURCE: makes the precompiled header that the others use.
cmake_minimum_required(VERSION 3.25)
set(flags -std=c++20 -Wall -Wextra -Werror=unused-result)

if(PRECOMPILE)
  get_filename_component(folder "${PRECOMPILE}" DIRECTORY)
  file(REMOVE_RECURSE "${folder}")
  file(MAKE_DIRECTORY "${folder}")
  execute_process(COMMAND "${COMPILER}" ${flags} -w "-I${INCLUDE}" -x c++-header "${INCLUDE}/tenzro/tee.hpp" -o "${PRECOMPILE}"
    COMMAND_ERROR_IS_FATAL ANY)
  return()
endif()

file(STRINGS "${SOURCE}" reason REGEX "^// REFUSED: ")
string(REPLACE "// REFUSED: " "" reason "${reason}")
if(reason STREQUAL "")
  message(FATAL_ERROR "${SOURCE} does not say why its mistake is refused")
endif()

separate_arguments(USE_PRECOMPILED UNIX_COMMAND "${USE_PRECOMPILED}")
set(command "${COMPILER}" ${flags} ${USE_PRECOMPILED} "-I${INCLUDE}" -fsyntax-only "${SOURCE}")
execute_process(COMMAND ${command} RESULT_VARIABLE code ERROR_VARIABLE output)
if(NOT code EQUAL 0 OR output MATCHES "warning:")
  message(FATAL_ERROR "the correct program does not compile cleanly:\n${output}")
endif()

execute_process(COMMAND "${CMAKE_COMMAND}" -E env LC_ALL=C ${command} -DMISUSE
  RESULT_VARIABLE code ERROR_VARIABLE output)
if(code EQUAL 0)
  message(FATAL_ERROR "the mistake compiles")
endif()
# Only the error lines count: a note or a quoted source line may hold the same words by chance.
string(REGEX MATCHALL "error: [^\n]*" errors "${output}")
if(NOT errors MATCHES "${reason}")
  message(FATAL_ERROR "refused, but not because of '${reason}':\n${output}")
endif()
