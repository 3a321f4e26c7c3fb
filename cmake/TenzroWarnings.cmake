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
  target_compile_definitions(${target} PRIVATE _GLIBCXX_ASSERTIONS
    $<$<AND:$<NOT:$<CONFIG:Debug>>,$<NOT:$<BOOL:${TENZRO_TEE_SANITIZE}>>>:_FORTIFY_SOURCE=2>)
  get_target_property(kind ${target} TYPE)
  if(kind STREQUAL "EXECUTABLE")
    set_target_properties(${target} PROPERTIES POSITION_INDEPENDENT_CODE ON)
    target_link_options(${target} PRIVATE -Wl,-z,relro,-z,now $<$<NOT:$<BOOL:${TENZRO_TEE_SANITIZE}>>:-pie>)
  endif()
  tenzro_sanitize(${target})
endfunction()
