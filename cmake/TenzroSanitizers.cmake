# tenzro_sanitize(target): the sanitizers of TENZRO_TEE_SANITIZE, and the fuzzer's coverage hooks where fuzz targets are built.
function(tenzro_sanitize target)
  if(TENZRO_TEE_SANITIZE)
    target_compile_options(${target} PRIVATE -fsanitize=${TENZRO_TEE_SANITIZE} -fno-omit-frame-pointer
      -fno-sanitize-recover=all
      # g++ 12 raises false alarms on moves of std::variant and std::optional under sanitizers.
      $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
    target_link_options(${target} PRIVATE -fsanitize=${TENZRO_TEE_SANITIZE})
  endif()
  if(TENZRO_TEE_FUZZ)
    target_compile_options(${target} PRIVATE -fsanitize=fuzzer-no-link)
  endif()
endfunction()
