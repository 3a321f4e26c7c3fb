// SPDX-License-Identifier: Apache-2.0
// NVIDIA's reference manifests, and the XML below them.
#include <algorithm>

#include "collateral/nvidia/rim.hpp"
#include "formats/xml.hpp"
#include "fuzz_target.hpp"
#include "tenzro/tee/inspect.hpp"

namespace tenzro::tee::fuzz {
namespace {

/// The canonical form is a document of its own, unless it needs references, and its own canonical form.
void check_xml(ByteView input) {
  const auto document = xml::Document::parse(input);
  if (!document) {
    require_decent(document.error());
    return;
  }
  const auto canonical = document->canonical();
  if (!canonical) {
    require_decent(canonical.error());
    return;
  }
  require(canonical->front() == '<' && canonical->back() == '>', "a canonical form is the root element alone");
  const auto root = document->canonical(document->root());
  require(root.has_value() && *root == *canonical, "of the root it is that of the whole");
  if (std::ranges::find(*canonical, std::uint8_t{'&'}) != canonical->end()) {
    return;
  }
  constexpr std::size_t kLonger = 16;  // than the input is the canonical form, at most
  const auto again = xml::Document::parse(*canonical, {.max_size = kLonger * input.size() + 1024,
                                                       .max_tags = std::size_t{2} * 4096,
                                                       .max_equal_signs = 4096,
                                                       .max_namespaces = 4096});
  require(again.has_value(), "a canonical form can be read");
  const auto same = again->canonical();
  require(same.has_value() && *same == *canonical, "a canonical form is its own");
}

void check_rim(ByteView input, const nvidia::Rim& rim) {
  for (const std::string* name : {&rim.product, &rim.edition, &rim.version}) {
    require(!name->empty() && name->size() <= 64, "names have 1 to 64 characters");
    require(name->find_first_of("/\\ <>\"'&\n") == std::string::npos, "names are safe to use");
  }
  require(!rim.active.empty() && rim.active.size() <= nvidia::kGoldenIndices, "something is active");
  for (std::size_t i = 0; i < rim.active.size(); ++i) {
    require(rim.active[i].index < nvidia::kGoldenIndices, "an index is below 64");
    require(!rim.active[i].alternatives.empty(), "an index has a value");
    require(i == 0 || rim.active[i - 1].index < rim.active[i].index, "indices ascend, none twice");
  }
  require(!rim.certificates.empty() && rim.certificates.size() <= nvidia::kMaxRimCertificates, "1 to 8 certificates");
  require(!rim.signed_info.empty() && rim.signed_info.front() == '<', "what is signed is an element");
  require(inspect(input).has_value() == nvidia::looks_like_rim(input), "what is recognised can be shown");
  Bytes longer(input.begin(), input.end());
  longer.insert(longer.end(), {'\r', '\n', ' '});
  const auto same = nvidia::parse_rim(longer);
  require(same.has_value() && same->signed_info == rim.signed_info && same->digest_matches == rim.digest_matches,
          "white space after the root means nothing");
}

void run(ByteView input) {
  check_xml(input);
  const auto rim = nvidia::parse_rim(input);
  if (agree(rim, nvidia::parse_rim(input))) {
    check_rim(input, *rim);
  }
}

}  // namespace
}  // namespace tenzro::tee::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  tenzro::tee::fuzz::run({data, size});
  return 0;
}
