# Neither "cmake --install" nor a component of it puts the build whose checks can be removed anywhere.
file(REMOVE_RECURSE "${WORK}")
execute_process(
  COMMAND "${CMAKE_COMMAND}" -G Ninja -S "${SOURCE}" -B "${WORK}/build" "-DCMAKE_CXX_COMPILER=${COMPILER}"
          -DTENZRO_TEE_REMOVABLE_CHECKS=ON "-DCMAKE_INSTALL_PREFIX=${WORK}/prefix"
  COMMAND_ERROR_IS_FATAL ANY OUTPUT_QUIET)
foreach(component IN ITEMS "" Unspecified)
  set(choice)
  if(component)
    set(choice --component "${component}")
  endif()
  execute_process(COMMAND "${CMAKE_COMMAND}" --install "${WORK}/build" ${choice}
    RESULT_VARIABLE status ERROR_VARIABLE words OUTPUT_QUIET)
  if(status EQUAL 0 OR NOT words MATCHES "never installed" OR EXISTS "${WORK}/prefix")
    message(FATAL_ERROR "the build whose checks can be removed was installed (${component}): ${words}")
  endif()
endforeach()
execute_process(
  COMMAND "${CMAKE_COMMAND}" -G Ninja -S "${SOURCE}" -B "${WORK}/build" -DTENZRO_TEE_BUILD_TESTS=OFF
  RESULT_VARIABLE status ERROR_VARIABLE words OUTPUT_QUIET)
if(status EQUAL 0 OR NOT words MATCHES "TENZRO_TEE_REMOVABLE_CHECKS is for")
  message(FATAL_ERROR "checks can be removed outside of the tests: ${words}")
endif()
