// SPDX-License-Identifier: Apache-2.0
#include "provider/nitro/nsm_messages.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <utility>

#include "core/encoded_text.hpp"
#include "core/text.hpp"
#include "core/try.hpp"
#include "evidence/nitro/document.hpp"
#include "formats/cbor.hpp"
#include "formats/cbor_writer.hpp"

namespace tenzro::tee::nitro {

namespace {

constexpr std::string_view kWhat = "answer";
// The module chooses how it spells numbers and containers.
constexpr cbor::Form kAnswerForm = {.shortest_heads = false, .indefinite_containers = true};
constexpr std::size_t kMaxText = 256;
constexpr std::size_t kMaxRandom = 256;

using Fields = std::vector<std::pair<cbor::Item, cbor::Item>>;

Bytes request(std::string_view name, Fields fields) {
  Fields outer;
  outer.emplace_back(cbor::Item::text(name), cbor::Item::map(std::move(fields)));
  return cbor::Item::map(std::move(outer)).encode();
}

Fields index_field(unsigned index) {
  Fields out;
  out.emplace_back(cbor::Item::text("index"), cbor::Item::unsigned_integer(index));
  return out;
}

cbor::Item bytes_or_null(const std::optional<Bytes>& bytes) {
  return bytes ? cbor::Item::bytes(*bytes) : cbor::Item::null();
}

Error malformed(std::string message) {
  return {ErrorCode::malformed_input, concat("Nitro Security Module: ", std::move(message))};
}

/// What the names of its errors mean to somebody who has to do something about it.
std::string_view advice(std::string_view error) {
  if (error == "ReadOnlyIndex") {
    return "this PCR is locked; extend one of PCR16 to PCR31 that is not";
  }
  if (error == "InvalidIndex") {
    return "there is no such PCR";
  }
  if (error == "InputTooLarge" || error == "BufferTooSmall") {
    return "give fewer bytes";
  }
  return "the module refused; the enclave may have to be restarted";
}

Error refusal(std::string_view name) {
  return {ErrorCode::hardware_failure,
          concat("Nitro Security Module: answered with the error ", printable(name), ": ", advice(name))};
}

/// One field of an answer, which has all of them once.
struct Field {
  std::string_view name;
  std::function<Result<void>(cbor::Reader&)> read;
  bool seen = false;
};

Result<void> read_field(cbor::Reader& in, std::string_view name, std::vector<Field>& fields) {
  const auto field = std::ranges::find(fields, name, &Field::name);
  if (field == fields.end()) {
    return in.skip("a field of a later version");
  }
  field->seen = true;
  return field->read(in);
}

Result<void> read_fields(cbor::Reader& in, std::vector<Field>& fields) {
  TENZRO_RETURN_IF_ERROR(in.enter_map(kWhat));
  cbor::KeySet keys;
  while (true) {
    TENZRO_ASSIGN_OR_RETURN(const cbor::Step step, in.next(kWhat));
    if (step == cbor::Step::end) {
      break;
    }
    TENZRO_ASSIGN_OR_RETURN(const cbor::Key key, in.key(kWhat));
    TENZRO_RETURN_IF_ERROR(keys.add("Nitro Security Module.answer", key));
    if (key.type != cbor::Type::text_string) {
      TENZRO_RETURN_IF_ERROR(in.skip("a field without a name"));
      continue;
    }
    const std::string_view name = as_text(key.bytes);
    TENZRO_RETURN_IF_ERROR(read_field(in, name, fields));
  }
  const auto missing = std::ranges::find(fields, false, &Field::seen);
  return missing == fields.end() ? Result<void>() : malformed(concat("its answer has no ", missing->name));
}

/// {"<name>": {fields}}, or {"Error": text}.
Result<void> read_answer(ByteView answer, std::string_view name, std::vector<Field> fields) {
  cbor::Reader in("Nitro Security Module", answer, kAnswerForm);
  TENZRO_RETURN_IF_ERROR(in.enter_map(kWhat));
  TENZRO_ASSIGN_OR_RETURN(const cbor::Step first, in.next(kWhat));
  if (first == cbor::Step::end) {
    return malformed("its answer is empty");
  }
  TENZRO_ASSIGN_OR_RETURN(const std::string_view said, in.text_string("name"));
  if (said == "Error") {
    TENZRO_ASSIGN_OR_RETURN(const std::string_view error, in.text_string("Error"));
    return refusal(error);
  }
  if (said != name) {
    return malformed(concat("answered ", printable(said), " where ", name, " was asked"));
  }
  TENZRO_RETURN_IF_ERROR(read_fields(in, fields));
  TENZRO_ASSIGN_OR_RETURN(const cbor::Step last, in.next(kWhat));
  if (last != cbor::Step::end) {
    return malformed("its answer has a second part");
  }
  return in.expect_end();
}

Field number_field(std::string_view name, unsigned& into) {
  constexpr std::uint64_t kMax = 0xffff;
  return {name, [name, &into](cbor::Reader& in) -> Result<void> {
            TENZRO_ASSIGN_OR_RETURN(const std::uint64_t number, in.unsigned_integer(name));
            if (number > kMax) {
              return malformed(concat("its ", name, " is ", number));
            }
            into = static_cast<unsigned>(number);
            return {};
          }};
}

Field text_field(std::string_view name, std::string& into) {
  return {name, [name, &into](cbor::Reader& in) -> Result<void> {
            TENZRO_ASSIGN_OR_RETURN(const std::string_view text, in.text_string(name));
            if (text.empty() || text.size() > kMaxText) {
              return malformed(concat("its ", name, " has ", text.size(), " characters"));
            }
            into = text;
            return {};
          }};
}

Field bytes_field(std::string_view name, std::size_t least, std::size_t most, Bytes& into) {
  return {name, [name, least, most, &into](cbor::Reader& in) -> Result<void> {
            TENZRO_ASSIGN_OR_RETURN(const ByteView bytes, in.byte_string(name));
            if (bytes.size() < least || bytes.size() > most) {
              return malformed(concat("its ", name, " has ", bytes.size(), " bytes"));
            }
            into.assign(bytes.begin(), bytes.end());
            return {};
          }};
}

Field flag_field(std::string_view name, bool& into) {
  return {name, [name, &into](cbor::Reader& in) -> Result<void> {
            TENZRO_ASSIGN_OR_RETURN(const cbor::Key flag, in.key(name));
            if (flag.type != cbor::Type::boolean) {
              return malformed(concat("its ", name, " is neither true nor false"));
            }
            into = flag.number == 1;
            return {};
          }};
}

Field indices_field(std::string_view name, std::vector<unsigned>& into) {
  return {name, [name, &into](cbor::Reader& in) -> Result<void> {
            TENZRO_RETURN_IF_ERROR(in.enter_array(name));
            while (true) {
              TENZRO_ASSIGN_OR_RETURN(const cbor::Step step, in.next(name));
              if (step == cbor::Step::end) {
                break;
              }
              unsigned index = 0;
              TENZRO_RETURN_IF_ERROR(number_field(name, index).read(in));
              into.push_back(index);
            }
            std::ranges::sort(into);
            return {};
          }};
}

}  // namespace

Bytes describe_nsm_request() { return cbor::Item::text("DescribeNSM").encode(); }
Bytes get_random_request() { return cbor::Item::text("GetRandom").encode(); }
Bytes describe_pcr_request(unsigned index) { return request("DescribePCR", index_field(index)); }
Bytes lock_pcr_request(unsigned index) { return request("LockPCR", index_field(index)); }

Bytes extend_pcr_request(unsigned index, ByteView data) {
  Fields fields = index_field(index);
  fields.emplace_back(cbor::Item::text("data"), cbor::Item::bytes(data));
  return request("ExtendPCR", std::move(fields));
}

Bytes lock_pcrs_request(unsigned end) {
  Fields fields;
  fields.emplace_back(cbor::Item::text("range"), cbor::Item::unsigned_integer(end));
  return request("LockPCRs", std::move(fields));
}

Bytes attestation_request(const std::optional<Bytes>& user_data, const std::optional<Bytes>& nonce,
                          const std::optional<Bytes>& public_key) {
  Fields fields;
  fields.emplace_back(cbor::Item::text("user_data"), bytes_or_null(user_data));
  fields.emplace_back(cbor::Item::text("nonce"), bytes_or_null(nonce));
  fields.emplace_back(cbor::Item::text("public_key"), bytes_or_null(public_key));
  return request("Attestation", std::move(fields));
}

Result<NsmDescription> read_description(ByteView answer) {
  NsmDescription out;
  TENZRO_RETURN_IF_ERROR(
      read_answer(answer, "DescribeNSM",
                  {number_field("version_major", out.version_major), number_field("version_minor", out.version_minor),
                   number_field("version_patch", out.version_patch), text_field("module_id", out.module_id),
                   number_field("max_pcrs", out.max_pcrs), indices_field("locked_pcrs", out.locked_pcrs),
                   text_field("digest", out.digest)}));
  return out;
}

Result<Bytes> read_random(ByteView answer) {
  Bytes out;
  TENZRO_RETURN_IF_ERROR(read_answer(answer, "GetRandom", {bytes_field("random", 1, kMaxRandom, out)}));
  return out;
}

Result<NsmPcr> read_pcr(ByteView answer) {
  NsmPcr out;
  TENZRO_RETURN_IF_ERROR(read_answer(
      answer, "DescribePCR", {flag_field("lock", out.locked), bytes_field("data", kPcrSize, kPcrSize, out.value)}));
  return out;
}

Result<Bytes> read_extended_pcr(ByteView answer) {
  Bytes out;
  TENZRO_RETURN_IF_ERROR(read_answer(answer, "ExtendPCR", {bytes_field("data", kPcrSize, kPcrSize, out)}));
  return out;
}

Result<void> read_acknowledgement(ByteView answer, std::string_view name) {
  cbor::Reader in("Nitro Security Module", answer, kAnswerForm);
  TENZRO_ASSIGN_OR_RETURN(const cbor::Type type, in.peek(kWhat));
  if (type != cbor::Type::text_string) {
    return read_answer(answer, name, {});
  }
  TENZRO_ASSIGN_OR_RETURN(const std::string_view said, in.text_string(kWhat));
  if (said != name) {
    return malformed(concat("answered ", printable(said), " where ", name, " was asked"));
  }
  return in.expect_end();
}

Result<Bytes> read_document(ByteView answer) {
  Bytes out;
  TENZRO_RETURN_IF_ERROR(read_answer(answer, "Attestation", {bytes_field("document", 1, kMaxDocumentSize, out)}));
  return out;
}

}  // namespace tenzro::tee::nitro
