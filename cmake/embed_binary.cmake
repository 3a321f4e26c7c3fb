# Writes OUTPUT, a C++ source that holds the bytes of each of FILES (a list) and one table of them, by file name, which
# x509::FUNCTION() gives.
# Run as: cmake -D OUTPUT=... -D FUNCTION=embedded_roots -D FILES=a;b -P embed_binary.cmake
set(arrays "")
set(table "")
foreach(file IN LISTS FILES)
  get_filename_component(name "${file}" NAME_WE)
  file(READ "${file}" hex HEX)
  if(hex STREQUAL "")
    message(FATAL_ERROR "${file} is empty")
  endif()
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
  string(REGEX REPLACE "(0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,)" "\\1\n    " bytes "${bytes}")
  string(APPEND arrays "constexpr std::uint8_t k_${name}[] = {\n    ${bytes}};\n")
  string(APPEND table "    {\"${name}\", k_${name}},\n")
endforeach()

file(WRITE "${OUTPUT}" "// SPDX-License-Identifier: Apache-2.0
// Made by cmake/embed_binary.cmake from the certificates in src/x509.
#include \"x509/embedded_certificates.hpp\"

namespace tenzro::tee::x509 {

namespace {
${arrays}
constexpr EmbeddedCertificate kCertificates[] = {
${table}};
}  // namespace

std::span<const EmbeddedCertificate> ${FUNCTION}() noexcept { return kCertificates; }

}  // namespace tenzro::tee::x509
")
