// SPDX-License-Identifier: Apache-2.0
// Answers of NVIDIA's service, judged by a verifier who trusts no key: never valid, never more devices than there are.
#include "evidence/nvidia/nras_answer.hpp"

#include "fuzz_target.hpp"
#include "verify/nvidia/nras_tokens.hpp"

namespace tenzro::tee::fuzz {
namespace {

void check_judgement(const nvidia::NrasAnswer& answer) {
  // The point of P-384 that is no one's in particular: its generator.
  static const Bytes generator =
      from_hex(
          "aa87ca22be8b05378eb1c71ef320ad746e1d3b628ba79b9859f741e082542a385502f25dbf55296c3a545e3872760ab7"
          "3617de4a96262c6f5d9e98bf9292dc29f8f41dbd289a147ce9da3113b5f0b8c00a60b1ce1d7e819d7a431d7c90ea0e5f")
          .value();
  nvidia::TokenKey key;
  std::copy(generator.begin(), generator.end(), key.x_y.begin());
  nvidia::NrasQuestion question;
  question.moment.at = UtcTime(std::chrono::seconds(1'782'698'943));
  question.max_age = std::chrono::hours(24);
  const auto judged = nvidia::judge_nras_answer(
      answer, [&](std::string_view) { return nvidia::FoundTokenKey{key, x509::KeySource::verifier}; }, question);
  require(!judged.valid(), "nothing is valid under a key that nobody signed with");
  require(!judged.failures.empty() && judged.devices.empty(), "the reason is told, and nothing is believed");
  for (const Finding& one : judged.failures) {
    require(find_help(one.code) != nullptr, "every code is explained");
    require_decent(Error(ErrorCode::verification_failed, one.message));
  }
}

void run(ByteView input) {
  const auto answer = nvidia::parse_nras_answer(input);
  if (!agree(answer, nvidia::parse_nras_answer(input))) {
    return;
  }
  require(answer->devices.size() <= nvidia::kMaxDevices, "no more devices than the limit");
  for (std::size_t i = 0; i < answer->devices.size(); ++i) {
    for (std::size_t k = 0; k < i; ++k) {
      require(answer->devices[i].name != answer->devices[k].name, "each name once");
    }
  }
  check_judgement(*answer);
}

}  // namespace
}  // namespace tenzro::tee::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  tenzro::tee::fuzz::run({data, size});
  return 0;
}
