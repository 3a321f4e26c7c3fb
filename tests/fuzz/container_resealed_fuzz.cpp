// SPDX-License-Identifier: Apache-2.0
// Containers whose header was edited by somebody who has the sealing root: the commitment is made anew for what the
// header then says, and the chunks too where the input wants it. What opens must be what was sealed, under the id that
// was asked for; a header that asks for another derivation is refused before the root is asked.
#include <algorithm>
#include <array>
#include <optional>

#include "crypto/aead.hpp"
#include "edits.hpp"
#include "fuzz_target.hpp"
#include "seal/container_header.hpp"
#include "seal/container_key.hpp"
#include "support/fixed_root.hpp"
#include "tenzro/tee/inspect.hpp"

namespace tenzro::tee::fuzz {
namespace {

constexpr std::string_view kTag = "amd-sev-snp";
constexpr std::string_view kAssociated = "associated";

enum Part : std::uint8_t { header, header_too, metadata_text, chunks, commitment, tail, part_count };

/// Bits of the second byte of an input.
enum Switch : std::uint8_t {
  chunks_again = 1,  ///< sealed again, under the key of the edited header
  two_chunks = 2,
  no_data = 4,  ///< sealed without associated data
  old_key = 8   ///< the commitment is not made anew
};

struct Opened {
  std::optional<Bytes> plaintext{};
  int asked = 0;
};

SealOptions options_of(const EditList& list) {
  SealOptions out = test::fixed_options();
  if (!list.has(no_data)) {
    out.associated_data = {reinterpret_cast<const std::uint8_t*>(kAssociated.data()), kAssociated.size()};
  }
  return out;
}

Opened open_stream(ByteView container, const SealOptions& options) {
  Opened out;
  test::FixedRoot tee;
  test::BytesInput in(container);
  test::BytesOutput written;
  const auto count = unseal_stream(test::key_id("a"), in, written, tee, options);
  out.asked = tee.asked();
  if (count) {
    require(*count == written.written.size(), "as much is counted as written");
    out.plaintext = std::move(written.written);
  } else {
    require_decent(count.error());
  }
  return out;
}

bool opens_under_another_root(ByteView container, const SealOptions& options) {
  test::FixedRoot tee(Bytes(32, 0x77), std::string(kTag));
  test::BytesInput in(container);
  test::BytesOutput written;
  return unseal_stream(test::key_id("a"), in, written, tee, options).has_value();
}

/// The header as the edits leave it. Positions of fields stay, so most of them are one edit away.
Bytes edited_header(const EditList& list, std::size_t plaintext_size) {
  seal_format::ContainerHeader out;
  out.log2_chunk = 14;
  out.plaintext_size = (list.shape & 1U) != 0 ? std::optional<std::uint64_t>(plaintext_size) : std::nullopt;
  out.salt.fill(0x5a);
  out.generation = (list.shape & 2U) != 0 ? 7 : 0;
  out.vendor_tag = kTag;
  out.key_id = "a";
  for (const Edit& edit : list.edits) {
    if (edit.part % part_count == metadata_text) {
      Bytes text(out.metadata.begin(), out.metadata.end());
      edit_bytes(text, edit);
      out.metadata.assign(text.begin(), text.end());
    }
  }
  auto written = seal_format::write_header(out);
  Bytes bytes = written ? *std::move(written) : Bytes(seal_format::kFixedHeader);
  for (const Edit& edit : list.edits) {
    if (edit.part % part_count <= header_too) {
      edit_bytes(bytes, edit);
    }
  }
  return bytes;
}

Bytes sealed_chunks(ByteView plaintext, ByteView key, std::size_t chunk_size) {
  Bytes out;
  std::uint64_t index = 0;
  do {
    const std::size_t size = std::min(chunk_size, plaintext.size());
    const bool last = size == plaintext.size();
    Bytes sealed(size + seal_format::kTagSize);
    require(
        crypto::aead_seal(key, seal_format::chunk_nonce(index, last), {}, plaintext.first(size), sealed).has_value(),
        "a chunk can be sealed");
    out.insert(out.end(), sealed.begin(), sealed.end());
    plaintext = plaintext.subspan(size);
    ++index;
  } while (!plaintext.empty());
  return out;
}

void run(ByteView input) {
  const EditList list = read_edits(input);
  const Bytes plaintext = test::pattern(list.has(two_chunks) ? (std::size_t{1} << 14U) + 5 : 100);
  const SealOptions options = options_of(list);
  const Bytes root = test::FixedRoot::counted();
  EditList nothing = list;
  nothing.edits.clear();
  const Bytes before = edited_header(nothing, plaintext.size());
  const Bytes after = edited_header(list, plaintext.size());

  // The key of the edited header, where that is a header at all; else the commitment stays that of the original.
  Bytes whole = after;
  whole.resize(after.size() + seal_format::kCommitmentSize);
  Bytes whole_before = before;
  whole_before.resize(before.size() + seal_format::kCommitmentSize);
  const auto original = seal_format::parse_header(whole_before);
  require(original.has_value(), "the unedited header is one");
  const auto parsed = seal_format::parse_header(whole);
  const auto old_keys = seal_format::derive_container_key(root, original->header, before, options.associated_data);
  require(old_keys.has_value(), "keys can be derived");
  std::optional<seal_format::ContainerKey> new_keys;
  if (parsed && parsed->without_commitment.size() == after.size()) {
    auto derived = seal_format::derive_container_key(root, parsed->header, after, options.associated_data);
    require(derived.has_value(), "keys can be derived");
    new_keys = *std::move(derived);
  }
  const seal_format::ContainerKey& committed = new_keys && !list.has(old_key) ? *new_keys : *old_keys;
  const seal_format::ContainerKey& sealed_under = new_keys && list.has(chunks_again) ? *new_keys : *old_keys;
  const std::size_t chunk_size =
      new_keys && list.has(chunks_again) ? parsed->header.chunk_size() : std::size_t{1} << 14U;

  Bytes mark(committed.commitment.reveal().begin(), committed.commitment.reveal().end());
  Bytes sealed = sealed_chunks(plaintext, sealed_under.file_key.reveal(), chunk_size);
  Bytes behind;
  for (const Edit& edit : list.edits) {
    switch (edit.part % part_count) {
      case Part::chunks:
        edit_bytes(sealed, edit);
        break;
      case Part::commitment:
        edit_bytes(mark, edit);
        break;
      case Part::tail: {
        const ByteView value = edit.value();
        behind.insert(behind.end(), value.begin(), value.end());
        break;
      }
      default:
        break;
    }
  }
  Bytes container = after;
  container.insert(container.end(), mark.begin(), mark.end());
  container.insert(container.end(), sealed.begin(), sealed.end());
  container.insert(container.end(), behind.begin(), behind.end());

  const Opened opened = open_stream(container, options);
  const auto read = seal_format::parse_header(container);
  const bool for_us = read.has_value() && read->header.key_id == "a" && read->header.vendor_tag == kTag;
  require(for_us || opened.asked == 0, "the root is asked only about what it can have sealed");
  if (opened.plaintext) {
    require(for_us, "what opens was sealed under this id and derivation");
    require(*opened.plaintext == plaintext, "what opens is what was sealed");
    require(!read->header.plaintext_size || *read->header.plaintext_size == plaintext.size(), "a stated size is true");
    require(behind.empty(), "nothing stands behind the last chunk");
    require(inspect(container).has_value(), "and can be shown");
    SealOptions other = options;
    constexpr std::array<std::uint8_t, 3> kOther{1, 2, 3};
    other.associated_data = kOther;
    require(!open_stream(container, other).plaintext, "other associated data open nothing");
    if (read->header.generation < UINT64_MAX) {
      SealOptions newer = options;
      newer.min_generation = read->header.generation + 1;
      require(!open_stream(container, newer).plaintext, "an older generation is refused");
    }
    require(!opens_under_another_root(container, options), "another root opens nothing");
  }
  test::FixedRoot tee;
  const auto reader = SealedReader::open(test::key_id("a"), container, tee, options);
  if (reader && opened.plaintext) {
    Bytes out(plaintext.size());
    require(reader->size() == plaintext.size() && reader->read(0, out).has_value() && out == plaintext,
            "who reads here and there reads the same");
  }
  require(!opened.plaintext || reader.has_value(), "what opens as a stream opens for reading");
  if (list.edits.empty()) {
    require(opened.plaintext.has_value(), "what nobody edited opens");
  }
}

}  // namespace
}  // namespace tenzro::tee::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  tenzro::tee::fuzz::run({data, size});
  return 0;
}
