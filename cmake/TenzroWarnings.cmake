# tenzro_harden(target): the warnings and hardening that every target of ours is built with.
function(tenzro_harden target)
  target_compile_options(${target} PRIVATE
    -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wold-style-cast -Wnon-virtual-dtor
    # Two are errors always: a dropped result, and a switch that forgets a case.
    -Werror=unused-result -Werror=switch
    $<$<BOOL:${TENZRO_TEE_DEVELOPER}>:-Werror>
    # Optimizing, g++ 12 takes comparisons and concatenations of vectors and strings for over-long memcmp and memcpy.
    $<$<CXX_COMPILER_ID:GNU>:-Wno-stringop-overread>
    $<$<CXX_COMPILER_ID:GNU>:-Wno-stringop-overflow>
    $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>
    -fstack-protector-strong)
  target_compile_definitions(${target} PRIVATE _GLIBCXX_ASSERTIONS)
  if(NOT TENZRO_TEE_SANITIZE)  # sanitizers do better than fortified calls, and replace some of them
    target_compile_definitions(${target} PRIVATE $<$<NOT:$<CONFIG:Debug>>:_FORTIFY_SOURCE=2>)
  endif()
  get_target_property(kind ${target} TYPE)
  if(kind STREQUAL "EXECUTABLE")
    set_target_properties(${target} PROPERTIES POSITION_INDEPENDENT_CODE ON)
    target_link_options(${target} PRIVATE -Wl,-z,relro,-z,now)
    if(NOT TENZRO_TEE_SANITIZE)
      target_link_options(${target} PRIVATE -pie)
    endif()
  endif()
  tenzro_sanitize(${target})
endfunction()
