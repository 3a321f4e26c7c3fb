// SPDX-License-Identifier: Apache-2.0
#include "provider/snp/derived_key.hpp"

#include <algorithm>

#include "core/fixed_view.hpp"
#include "core/text.hpp"
#include "core/try.hpp"

namespace tenzro::tee::snp {

namespace {

constexpr std::size_t kRequestSize = 32;
constexpr std::size_t kResponseSize = 64;
constexpr std::size_t kKeySize = 32;
/// ROOT_KEY_SELECT, KEY_SEL in bits 2:1. Zero would take the VLEK, shared by a whole cloud, wherever one is loaded.
constexpr std::uint32_t kVcek = 1U << 1U;
constexpr std::uint32_t kVlek = 2U << 1U;

RequestWords words_of(const DerivedKeyRequest& request) {
  return {.refused_parameters =
              "a VMPL below this kernel's, an SVN above the one at launch, or a TCB above the committed one",
          .no_such_key = request.vlek ? "no VLEK may be loaded on this host; ask for the VCEK"
                                      : "this host may offer no VCEK, only a VLEK, which is shared by its cloud"};
}

}  // namespace

Result<SecretBytes> fetch_derived_key(Guest& guest, const DerivedKeyRequest& request) {
  ByteArray<kRequestSize> body{};
  put_le(body, 0, request.vlek ? kVlek : kVcek, 4);
  put_le(body, 8, request.fields, 8);
  put_le(body, 16, request.vmpl, 4);
  put_le(body, 20, request.svn, 4);
  std::ranges::copy(request.tcb, body.begin() + 24);
  SecretBytes response(kResponseSize);
  const RequestWords words = words_of(request);
  TENZRO_ASSIGN_OR_RETURN(const int result, guest.ask(kGetDerivedKey, body.data(), response.fill().data()));
  if (result < 0) {
    return guest.error(-result, words);
  }
  const FixedView<kResponseSize> view(response.reveal().first<kResponseSize>());
  if (const auto status = view.le<std::uint32_t, 0x00>(); status != 0) {
    return guest.status_error(status, words);
  }
  const auto key = view.bytes<0x20, kKeySize>();
  if (std::ranges::all_of(key, [](std::uint8_t byte) { return byte == 0; })) {
    return Error(ErrorCode::hardware_failure,
                 concat(guest.path(),
                        ": the firmware sent no key: an SVSM or paravisor below this kernel may not pass "
                        "such requests on"));
  }
  SecretBytes out(kKeySize);
  std::ranges::copy(key, out.fill().begin());
  return out;
}

}  // namespace tenzro::tee::snp
