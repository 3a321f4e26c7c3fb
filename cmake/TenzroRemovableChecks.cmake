# TENZRO_SOURCES: the folder src, or, in the build whose checks can be removed at run time, a copy of it.
set(TENZRO_SOURCES "${PROJECT_SOURCE_DIR}/src")
if(NOT TENZRO_TEE_REMOVABLE_CHECKS)
  return()
endif()

# A library that forgets a check when a variable says so is for the tests of one machine alone.
if(NOT PROJECT_IS_TOP_LEVEL OR NOT TENZRO_TEE_BUILD_TESTS)
  message(FATAL_ERROR "TENZRO_TEE_REMOVABLE_CHECKS is for this project's own tests, and nothing else may link what it makes")
endif()
install(CODE "message(FATAL_ERROR \"this build's checks can be removed at run time; it is never installed\")" ALL_COMPONENTS)

find_package(Python3 REQUIRED COMPONENTS Interpreter)
set(TENZRO_SOURCES "${PROJECT_BINARY_DIR}/removable/src")
set(checks_folder "${PROJECT_SOURCE_DIR}/tests/removed_checks")
execute_process(
  COMMAND "${Python3_EXECUTABLE}" "${checks_folder}/make_removable.py" "${PROJECT_SOURCE_DIR}/src" "${TENZRO_SOURCES}"
          "${PROJECT_BINARY_DIR}/checks.txt"
  COMMAND_ERROR_IS_FATAL ANY)
file(GLOB_RECURSE copied CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/src/*")
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS
  ${copied} "${checks_folder}/make_removable.py" "${checks_folder}/critical.txt")
include_directories("${checks_folder}")
