// SPDX-License-Identifier: Apache-2.0
#include "verify/nvidia/identity.hpp"

#include <algorithm>
#include <string>

#include "core/text.hpp"
#include "verify/admission.hpp"

namespace tenzro::tee::nvidia {

namespace {

using demanded_by::kDefault;
using demanded_by::kVendor;

/// Over the bytes as they were received, under the key of the device's own certificate.
bool judge_signature(const Report& report, const x509::Certificate& leaf, VerdictBuilder& verdict) {
  const auto& key = leaf.ec_key();  // on P-384: the chain was checked for that
  if (!key || key->curve() != crypto::Curve::p384 ||
      !key->verify(crypto::Hash::sha384, report.signed_bytes(), report.signature())) {
    verdict.fail("report_signature", kVendor,
                 {"signature", "report_signature_invalid",
                  "the report is not signed by the key of the device's certificate: its bytes were altered, or the "
                  "certificates are another device's"});
    return false;
  }
  verdict.pass("report_signature", kVendor);
  verdict.mark_signature_verified();
  return true;
}

/// A Grace-less "GH" is Hopper, "GB" Blackwell; what comes later is told by its certificates alone.
bool is_of(Architecture architecture, const DeviceName& name) {
  switch (architecture) {
    case Architecture::hopper:
      return name.kind == DeviceKind::gpu && name.chip.starts_with("GH");
    case Architecture::blackwell:
      return name.kind == DeviceKind::gpu && name.chip.starts_with("GB");
    case Architecture::ls10:
      return name.kind == DeviceKind::nvswitch;
  }
  return false;
}

std::optional<DeviceName> judge_name(const Device& device, const Report& report, VerdictBuilder& verdict) {
  const std::string& leaf = device.chain[0]->common_name();
  const std::string& brom = device.chain[1]->common_name();
  const std::string shown = concat(printable(leaf), ", made by ", printable(brom));
  auto name = device_name(leaf, brom);
  if (!name) {
    verdict.fail("device_name", kVendor,
                 {"platform", "device_unknown", concat("the certificates name neither a GPU nor an NVSwitch: ", shown)},
                 "a GPU or NVSwitch", shown);
    return std::nullopt;
  }
  const DeviceKind by_report = claimed_kind(report);
  const bool fits = device.architecture ? is_of(*device.architecture, *name) : device.kind == name->kind;
  if (!fits || by_report != name->kind) {
    const std::string said =
        device.architecture ? std::string(to_string(*device.architecture)) : std::string(to_string(by_report));
    verdict.fail("device_name", kVendor,
                 {"platform", "device_kind_mismatch",
                  concat("the evidence is given as that of ", said, " and reads as that of a ", to_string(by_report),
                         ", its certificates are of the ", to_string(name->kind), " ", name->chip)},
                 said, name->chip);
    return std::nullopt;
  }
  verdict.pass("device_name", kVendor, {}, shown);
  return name;
}

/// A switch says which one it is in the report too.
bool judge_own_id(const Report& report, const Identity& identity, VerdictBuilder& verdict) {
  if (identity.name.kind == DeviceKind::gpu) {
    return true;
  }
  const auto own = report.opaque().find(OpaqueType::device_ids);
  const std::string expected = to_hex(identity.pdi);
  const std::string actual = own ? to_hex(*own) : "absent";
  if (expected == actual) {
    verdict.pass("device_id", kVendor, expected, actual);
    return true;
  }
  verdict.fail("device_id", kVendor,
               {"platform", "device_id_mismatch",
                concat("the report is of the switch ", printable(actual), ", its certificates are of ", expected)},
               expected, actual);
  return false;
}

}  // namespace

std::optional<Identity> judge_identity(const Device& device, const Report& report, const x509::AnchorSet& anchors,
                                       const Question& question, VerdictBuilder& verdict) {
  if (device.problem) {
    verdict.fail("device_chain", kVendor, *device.problem);
    return std::nullopt;
  }
  if (!judge_chain("device_chain", device.chain, Platform::nvidia_gpu, anchors, question, verdict) ||
      !judge_signature(report, *device.chain.front(), verdict)) {
    return std::nullopt;
  }
  auto name = judge_name(device, report, verdict);
  if (!name) {
    return std::nullopt;
  }
  Identity out;
  out.name = *std::move(name);
  const auto pdi = device_id(device.chain[1]->subject(), out.name.kind);
  if (!pdi) {
    verdict.fail("device_id", kVendor, {"platform", "device_unknown", pdi.error().message()});
    return std::nullopt;
  }
  out.pdi = *pdi;
  return judge_own_id(report, out, verdict) ? std::optional(std::move(out)) : std::nullopt;
}

void judge_firmware_id(const Device& device, const NvidiaClaims& claims, const NvidiaDeviceRules& rules,
                       VerdictBuilder& verdict) {
  constexpr std::string_view kId = "firmware_id";
  const auto fail = [&](std::string_view code, std::string message, std::string expected = {}) {
    verdict.fail(kId, kVendor, {"device", std::string(code), std::move(message)}, std::move(expected),
                 claims.fwid.empty() ? "absent" : to_hex(claims.fwid));
  };
  std::optional<FirmwareId> made;
  for (const std::string_view oid : {kCompositeDeviceId, kDiceTcbInfo}) {
    const x509::Extension* const extension = device.chain[0]->extension(oid);
    if (extension == nullptr) {
      continue;
    }
    const auto id = read_firmware_id(oid, extension->value);
    if (!id) {
      fail("firmware_id_mismatch", id.error().message());
      return;
    }
    if (id->made_by && !std::ranges::equal(*id->made_by, device.chain[1]->public_key_info())) {
      fail("firmware_id_mismatch", "the firmware id is vouched for by another key than the one above the device's");
      return;
    }
    if (!id->in_use) {
      fail("device_debug",
           "the certificate says that the device's firmware is not secure, in recovery or for debugging");
      return;
    }
    if (made && made->digest != id->digest) {
      fail("firmware_id_mismatch", "the device's certificate names two firmwares");
      return;
    }
    made = *id;
  }
  if (!made) {
    fail("firmware_id_mismatch", "the device's certificate does not say which firmware made its key");
    return;
  }
  const std::string expected = to_hex(made->digest);
  if (claims.fwid.empty() && claims.device_type != to_string(DeviceKind::gpu)) {
    verdict.pass(kId, kVendor, {}, concat(expected, ", of which a switch's report says nothing"));
    return;
  }
  if (claims.fwid.empty() && rules.allow_missing_fwid) {
    verdict.skip(kId, demanded_by::kPolicy, "the report does not say which firmware made the key");
    verdict.warn({"device", "firmware_id_missing",
                  "the report does not say which firmware made the device's key, and the policy lets that pass"});
    return;
  }
  if (claims.fwid.empty()) {
    verdict.fail(kId, kDefault,
                 {"device", "firmware_id_missing", "the report does not say which firmware made the device's key"},
                 expected, "absent");
    return;
  }
  if (!std::ranges::equal(claims.fwid, made->digest)) {
    fail("firmware_id_mismatch", "the report names another firmware than the one that made the device's key", expected);
    return;
  }
  verdict.pass(kId, kVendor, expected, expected);
}

}  // namespace tenzro::tee::nvidia
