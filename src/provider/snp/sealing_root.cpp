// SPDX-License-Identifier: Apache-2.0
#include "provider/snp/sealing_root.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include "core/encoded_text.hpp"
#include "core/text.hpp"
#include "core/try.hpp"
#include "core/vendor_tag.hpp"
#include "crypto/digest.hpp"
#include "formats/json.hpp"

namespace tenzro::tee::snp {

namespace {

constexpr std::uint64_t kMeasurementFields = field_bit::kPolicy | field_bit::kMeasurement | field_bit::kTcb;
constexpr std::uint64_t kSignerFields =
    field_bit::kPolicy | field_bit::kImageId | field_bit::kFamilyId | field_bit::kSvn | field_bit::kTcb;
constexpr std::uint32_t kMaxVmpl = 3;

using Tcb = ByteArray<8>;

/// Each byte of a TCB version is one component, and each counts up by itself.
bool reaches(const Tcb& tcb, const Tcb& floor) {
  return std::ranges::equal(tcb, floor, [](std::uint8_t have, std::uint8_t wanted) { return have >= wanted; });
}

Error no_source(const auto&... words) {
  return Error(ErrorCode::not_available, concat("no sealing source here: ", words...));
}
Error wrong_argument(const auto&... words) { return Error(ErrorCode::invalid_argument, concat(words...)); }
Error refused(const auto&... words) { return Error(ErrorCode::authentication_failed, concat("unseal: ", words...)); }

Result<Tcb> stored_tcb(std::string_view text) {
  const auto bytes = from_hex(text);
  if (!bytes || bytes->size() != sizeof(Tcb) || to_hex(*bytes) != text) {
    return refused("the data name no TCB: \"", printable(text), "\", expected 16 lowercase hex digits");
  }
  Tcb out{};
  std::ranges::copy(*bytes, out.begin());
  return out;
}

Result<std::uint32_t> stored_svn(std::string_view text) {
  std::uint32_t svn = 0;
  const auto [at, error] = std::from_chars(text.data(), text.data() + text.size(), svn);
  if (error != std::errc() || at != text.data() + text.size() || std::to_string(svn) != text) {
    return refused("the data name no SVN: \"", printable(text), "\", expected a number");
  }
  return svn;
}

/// What stands in the header is anybody's until the key has shown that it is ours; it only makes an error clearer.
Result<std::optional<ByteArray<32>>> stored_host_data_hash(std::string_view metadata) {
  const auto read = [metadata]() -> Result<std::optional<ByteArray<32>>> {
    std::optional<ByteArray<32>> out;
    TENZRO_ASSIGN_OR_RETURN(const json::Value value,
                            json::parse(as_bytes(metadata), {.max_size = kMaxSealingMetadata}));
    TENZRO_ASSIGN_OR_RETURN(const auto snp, json::Node(value, "metadata").optional_member("snp"));
    if (snp) {
      TENZRO_ASSIGN_OR_RETURN(const auto hash, snp->optional_member("host_data_sha256"));
      if (hash) {
        TENZRO_ASSIGN_OR_RETURN(out, hash->hex<32>());
      }
    }
    return out;
  };
  if (metadata.empty()) {
    return std::optional<ByteArray<32>>();
  }
  auto hash = read();
  if (!hash) {
    return refused("the data's metadata are none of SEV-SNP: ", hash.error().message());
  }
  return hash;
}

Result<void> take_stored(const SealingRequest& request, SealingPlan& plan) {
  const auto stored = VendorTag::parse(request.stored_tag);
  if (!stored) {
    return refused(stored.error().message());
  }
  const VendorTag own = sealing_tag(plan.key);
  TENZRO_RETURN_IF_ERROR(plan.scope == SealScope::signer ? demand_same_derivation(*stored, own, {"svn", "tcb"})
                                                         : demand_same_derivation(*stored, own, {"tcb"}));
  TENZRO_ASSIGN_OR_RETURN(plan.key.tcb, stored_tcb(*stored->value("tcb")));
  TENZRO_ASSIGN_OR_RETURN(plan.key.svn, stored_svn(*stored->value("svn")));
  if (plan.entry.min_tcb && !reaches(plan.key.tcb, *plan.entry.min_tcb)) {
    return refused("the data were sealed under TCB ", to_hex(plan.key.tcb), ", below the configured min_tcb ",
                   to_hex(*plan.entry.min_tcb), "; nothing was asked of any device or service");
  }
  if (plan.scope == SealScope::signer && plan.key.svn < plan.entry.min_svn) {
    return refused("the data were sealed under SVN ", plan.key.svn, ", below the configured min_svn ",
                   plan.entry.min_svn, "; nothing was asked of any device or service");
  }
  TENZRO_ASSIGN_OR_RETURN(plan.host_data_hash, stored_host_data_hash(request.stored_metadata));
  plan.stored = true;
  return {};
}

/// The digest of the key that the firmware mixes in must be the owner's: whoever launches other code then launches it
/// under another key, and gets other keys.
Result<void> check_owner(const Report& report, const SnpSealingEntry& entry) {
  const bool author = report.author_key_enabled();
  const auto digest = author ? report.author_key_digest() : report.id_key_digest();
  const std::string_view name = author ? "author_key_digest" : "id_key_digest";
  const auto zero = [](std::span<const std::uint8_t> bytes) {
    return std::ranges::all_of(bytes, [](std::uint8_t byte) { return byte == 0; });
  };
  if (zero(report.id_key_digest()) || zero(digest)) {
    return no_source(
        "this guest was launched without an ID block, so every guest of this host would get the same key in scope "
        "signer; launch it with an ID block that your ID key has signed, or use scope measurement");
  }
  const auto& wanted = author ? entry.author_key_digest : entry.id_key_digest;
  if (!wanted) {
    return wrong_argument("scope signer: this guest was launched ", author ? "with" : "without",
                          " an author key, so it is ", name,
                          " that counts, and it is not configured under \"snp\"; the guest's is ", to_hex(digest));
  }
  if (!std::ranges::equal(*wanted, digest)) {
    return wrong_argument("scope signer: this guest was launched under another key than the configured ", name, ": ",
                          to_hex(digest));
  }
  return {};
}

}  // namespace

VendorTag sealing_tag(const DerivedKeyRequest& key) {
  VendorTag tag{std::string(kSealingTag)};
  tag.add("key", std::string_view(key.vlek ? "vlek" : "vcek"))
      .add("gfs", key.fields)
      .add("vmpl", std::uint64_t{key.vmpl})
      .add("svn", std::uint64_t{key.svn})
      .add("tcb", to_hex(key.tcb));
  return tag;
}

std::string sealing_metadata(const Report& report) {
  return concat(R"({"snp":{"host_data_sha256":")", to_hex(crypto::sha256(report.host_data())), R"("}})");
}

Result<SealingPlan> plan_sealing(const SealingRequest& request, std::optional<unsigned> kernel_vmpl) {
  SealingPlan plan{.scope = request.scope, .entry = {}, .raw = request.raw, .key = {}};
  if (const auto* const entry = std::get_if<SnpSealingEntry>(&request.entry)) {
    plan.entry = *entry;
  } else if (!std::holds_alternative<std::monostate>(request.entry)) {
    return wrong_argument("AMD SEV-SNP: this is the configuration of another root");
  }
  const bool signer = plan.scope == SealScope::signer;
  if (!signer && !request.measurement_covers_workload && !plan.entry.measurement_covers_workload) {
    return wrong_argument(
        "scope measurement on SEV-SNP: under firmware that a cloud shares, everybody on this chip gets the same key; "
        "where the launch measurement covers the whole workload (kernel, initrd, command line, root file system), say "
        "so with measurement_covers_workload, or use scope signer with an ID block of your own");
  }
  if (signer && !plan.entry.id_key_digest && !plan.entry.author_key_digest) {
    return wrong_argument(
        "scope signer on SEV-SNP: configure whose guest this has to be: id_key_digest or author_key_digest under "
        "\"snp\"");
  }
  if (plan.raw && !plan.entry.min_tcb) {
    return wrong_argument(
        "raw sealing on SEV-SNP: a raw message stores no TCB, so it needs one that stays: configure min_tcb under "
        "\"snp\", at most COMMITTED_TCB, or seal a container");
  }
  const std::uint32_t own_vmpl = kernel_vmpl.value_or(0);
  const std::uint32_t vmpl = plan.entry.vmpl.value_or(own_vmpl);
  if (vmpl < own_vmpl || vmpl > kMaxVmpl) {
    return wrong_argument("SEV-SNP: vmpl is configured as ", vmpl, ", possible are ", own_vmpl,
                          ", which this kernel runs at, to ", kMaxVmpl);
  }
  plan.key = {.vlek = plan.entry.vlek,
              .fields = signer ? kSignerFields : kMeasurementFields,
              .vmpl = vmpl,
              .svn = signer ? plan.entry.min_svn : 0,
              .tcb = plan.entry.min_tcb.value_or(Tcb{})};
  if (!request.stored_tag.empty()) {
    TENZRO_RETURN_IF_ERROR(take_stored(request, plan));
  }
  return plan;
}

Result<void> hold_against(const Report& report, SealingPlan& plan) {
  const bool signer = plan.scope == SealScope::signer;
  if (signer) {
    TENZRO_RETURN_IF_ERROR(check_owner(report, plan.entry));
  }
  const Tcb committed = report.committed_tcb();
  if (plan.stored) {
    if (!reaches(committed, plan.key.tcb)) {
      return refused("the data were sealed under TCB ", to_hex(plan.key.tcb), ", and COMMITTED_TCB is ",
                     to_hex(committed), " now: this host's firmware was rolled back, or it is another host");
    }
    if (signer && report.guest_svn() < plan.key.svn) {
      return refused("the data were sealed by a guest of SVN ", plan.key.svn, ", and this one's is ",
                     report.guest_svn());
    }
    if (plan.host_data_hash && *plan.host_data_hash != crypto::sha256(report.host_data())) {
      return refused(
          "HOST_DATA changed since the data were sealed; it is part of the key, so they open only in a guest that is "
          "launched with the HOST_DATA of then");
    }
    return {};
  }
  if (plan.entry.min_tcb && !reaches(committed, *plan.entry.min_tcb)) {
    return no_source("the firmware's COMMITTED_TCB is ", to_hex(committed), ", below the configured min_tcb ",
                     to_hex(*plan.entry.min_tcb), "; its host has to update it");
  }
  if (signer && report.guest_svn() < plan.entry.min_svn) {
    return no_source("this guest's SVN is ", report.guest_svn(), ", below the configured min_svn ", plan.entry.min_svn);
  }
  if (!plan.raw) {
    plan.key.tcb = committed;
    plan.key.svn = signer ? report.guest_svn() : 0;
  }
  return {};
}

}  // namespace tenzro::tee::snp
