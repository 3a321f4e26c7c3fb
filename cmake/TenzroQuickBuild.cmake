# Building every test takes longer than running them. TENZRO_TEE_QUICK_BUILD parses what nearly every file includes once
# (precompiled headers) and links with gold. Other presets build without it, and so find a file that forgot an include.
option(TENZRO_TEE_QUICK_BUILD "Precompiled headers, and the gold linker" OFF)

if(TENZRO_TEE_QUICK_BUILD)
  find_program(TENZRO_GOLD ld.gold)
  if(TENZRO_GOLD)
    add_link_options(-fuse-ld=gold)
  endif()
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # The compiler looks for garbage once it holds 1 GiB, which no file of ours makes it do (0.7 GiB): a tenth of its time.
    add_compile_options("$<$<COMPILE_LANGUAGE:CXX>:SHELL:--param=ggc-min-expand=1000 --param=ggc-min-heapsize=1048576>")
  endif()
endif()

set(TENZRO_STANDARD_HEADERS <algorithm> <array> <chrono> <filesystem> <functional> <map> <memory> <optional> <span> <string> <utility> <vector>)

# tenzro_precompile(target headers...): a precompiled header of the target's own.
function(tenzro_precompile target)
  if(TENZRO_TEE_QUICK_BUILD)
    target_precompile_headers(${target} PRIVATE ${ARGN})
  endif()
endfunction()

# tenzro_share_precompiled(target owner): that of another target, which must be built with the same options.
function(tenzro_share_precompiled target owner)
  if(TENZRO_TEE_QUICK_BUILD)
    target_precompile_headers(${target} REUSE_FROM ${owner})
  endif()
endfunction()
