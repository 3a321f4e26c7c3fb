// SPDX-License-Identifier: Apache-2.0
// PEM texts and quote chains, the DER in them, and the certificate reader on top.
#include <vector>

#include "formats/der.hpp"
#include "formats/pem.hpp"
#include "fuzz_target.hpp"
#include "x509/certificate.hpp"

namespace tenzro::tee::fuzz {
namespace {

/// Every element, however deep; each constructed one is read as a sequence of its own.
void walk(ByteView der) {
  std::vector<ByteView> open{der};
  while (!open.empty()) {
    const ByteView inside = open.back();
    open.pop_back();
    der::Reader reader("der", inside);
    while (!reader.at_end()) {
      const auto element = reader.next("element");
      if (!element) {
        require_decent(element.error());
        break;
      }
      require(within(inside, element->whole) && within(element->whole, element->content), "elements nest");
      require(element->content.size() < element->whole.size(), "every element has a head");
      if ((element->tag & 0x20) != 0) {
        open.push_back(element->content);
      }
    }
  }
}

/// The typed readers, each at the start of the input.
void read_as_everything(ByteView der) {
  const auto check = [](const auto& result) {
    if (!result) {
      require_decent(result.error());
    }
  };
  check(der::single("der", der));
  check(der::Reader("der", der).unsigned_integer("field", 65535));
  check(der::Reader("der", der).integer_bytes("field"));
  check(der::Reader("der", der).enumerated("field", 255));
  check(der::Reader("der", der).oid("field"));
  check(der::Reader("der", der).octet_string("field"));
  check(der::Reader("der", der).boolean_value("field"));
  check(der::oid_text(der));
}

void read_certificate(ByteView der) {
  const auto certificate = x509::Certificate::parse(der);
  if (!certificate) {
    return require_decent(certificate.error());
  }
  const x509::Certificate& read = **certificate;
  require(same(read.der(), der), "a certificate keeps its bytes");
  require(der::single("certificate", der).has_value(), "OpenSSL's reader accepts only what ours accepts");
  require(within(read.der(), read.issuer()) && within(read.der(), read.subject()), "names lie inside the certificate");
  for (const auto& extension : read.extensions()) {
    require(within(read.der(), extension.value), "extensions lie inside the certificate");
    require(read.extension(extension.oid) == &extension, "no extension comes twice");
  }
}

void read_blocks(const Result<std::vector<pem::Block>>& blocks) {
  if (!blocks) {
    return require_decent(blocks.error());
  }
  std::string written;
  for (const auto& block : *blocks) {
    walk(block.der);
    read_certificate(block.der);
    written += pem::encode(block.label, block.der);
  }
  const auto again = pem::split(written);
  require(again.has_value() && again->size() == blocks->size(), "written and read again, the blocks are the same");
  for (std::size_t i = 0; i < again->size(); ++i) {
    require((*again)[i].label == (*blocks)[i].label && (*again)[i].der == (*blocks)[i].der,
            "written and read again, a block is the same");
  }
}

void run(ByteView input) {
  walk(input);
  read_as_everything(input);
  read_certificate(input);
  const auto blocks = pem::split(text_of(input));
  read_blocks(blocks);
  const auto chain = pem::split_quote_chain(input);
  read_blocks(chain);
  if (chain && (input.empty() || input.back() != 0)) {
    require(blocks.has_value() && blocks->size() == chain->size(), "a quote's chain is stricter than PEM at large");
  }
}

}  // namespace
}  // namespace tenzro::tee::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  tenzro::tee::fuzz::run({data, size});
  return 0;
}
