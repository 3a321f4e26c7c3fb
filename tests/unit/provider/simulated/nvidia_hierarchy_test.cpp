// SPDX-License-Identifier: Apache-2.0
#include "provider/simulated/nvidia_hierarchy.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "collateral/nvidia/rim.hpp"
#include "evidence/nvidia/device_certificates.hpp"
#include "formats/pem.hpp"
#include "support/vectors.hpp"
#include "unit/provider/simulated/openssl_view.hpp"
#include "x509/anchor_set.hpp"
#include "x509/certificate.hpp"

namespace tenzro::tee::simulated {
namespace {

using test::kJudged;

constexpr ByteArray<48> kFirmware{0xf1, 0x23};

std::vector<x509::CertificatePtr> parsed(const std::vector<Bytes>& chain) {
  std::vector<x509::CertificatePtr> out;
  for (const Bytes& der : chain) {
    out.push_back(x509::Certificate::parse(der).value());
  }
  return out;
}

std::vector<std::vector<Bytes>> both_chains(const NvidiaHierarchy& hierarchy) {
  return {hierarchy.device_chain(hierarchy.device(0, kFirmware)), hierarchy.rim_chain()};
}

TEST(NvidiaHierarchy, HasTheCompiledInRoots) {
  const NvidiaHierarchy hierarchy;
  const auto expect = [](const Identity& root, const Identity& below, ChainRole role) {
    const auto roots = x509::AnchorSet::simulated()->roots(Platform::nvidia_gpu, role);
    ASSERT_EQ(roots.size(), 1U);
    EXPECT_TRUE(std::ranges::equal(root.certificate, roots.front()->der()));
    // Its key is the one that follows from the label: it verifies what that key signed.
    const auto issued = x509::Certificate::parse(below.certificate).value();
    EXPECT_TRUE(roots.front()->ec_key()->verify_der(crypto::Hash::sha384, issued->signed_bytes(), issued->signature()));
    EXPECT_TRUE(x509::AnchorSet::pinned().find_root(Platform::nvidia_gpu, role, root.certificate) == nullptr);
  };
  expect(hierarchy.device_root(), hierarchy.identity_ca(), ChainRole::evidence_signer);
  expect(hierarchy.rim_root(), hierarchy.rim_ca(), ChainRole::rim_signer);
  EXPECT_NE(hierarchy.device_root().certificate, hierarchy.rim_root().certificate);
}

TEST(NvidiaHierarchy, IsBelievedByOpensslForALongTime) {
  for (const std::string_view label : {NvidiaHierarchy::kSimulatedLabel, std::string_view("another")}) {
    for (const std::vector<Bytes>& chain : both_chains(NvidiaHierarchy(label))) {
      const std::vector<Bytes> between(chain.begin() + 1, chain.end() - 1);
      for (const int year : {2026, 2050}) {
        const UtcTime at = std::chrono::sys_days{std::chrono::year{year} / 6 / 1};
        EXPECT_EQ(test::path_verdict(chain.back(), between, chain.front(), at), X509_V_OK);
      }
    }
  }
}

TEST(NvidiaHierarchy, HasNamesAndIdsAsDevicesDo) {
  const NvidiaHierarchy hierarchy("another");
  const NvidiaDevice device = hierarchy.device(3, kFirmware);
  const auto chain = parsed(hierarchy.device_chain(device));
  const auto name = nvidia::device_name(chain[0]->common_name(), chain[1]->common_name());
  ASSERT_TRUE(name.has_value());
  EXPECT_EQ(name->chip, "GH100");
  EXPECT_EQ(nvidia::device_id(chain[1]->subject(), nvidia::DeviceKind::gpu).value(), device.pdi);
  EXPECT_EQ(to_hex(chain[1]->serial()), "41" + to_hex(device.pdi));
  const x509::Extension* const extension = chain[0]->extension(nvidia::kCompositeDeviceId);
  ASSERT_NE(extension, nullptr);
  const auto firmware = nvidia::read_firmware_id(nvidia::kCompositeDeviceId, extension->value).value();
  EXPECT_EQ(firmware.digest, kFirmware);
  EXPECT_TRUE(std::ranges::equal(firmware.made_by.value(), chain[1]->public_key_info()));
  for (const auto& certificate : chain) {
    EXPECT_EQ(certificate->key_kind(), x509::KeyKind::ec_p384);
    EXPECT_TRUE(certificate->is_plain()) << certificate->common_name();
  }
}

TEST(NvidiaHierarchy, DevicesAreDistinctAndTheSameForTheSameLabel) {
  std::set<ByteArray<8>> pdis;
  std::set<std::string> keys;
  for (const std::string_view label : {"one", "two", "one"}) {
    const NvidiaHierarchy hierarchy(label);
    for (unsigned number = 0; number < 8; ++number) {
      const NvidiaDevice device = hierarchy.device(number, kFirmware);
      pdis.insert(device.pdi);
      keys.insert(to_hex(x509::Certificate::parse(device.leaf.certificate).value()->subject_key_id()));
    }
  }
  EXPECT_EQ(pdis.size(), 16U);
  EXPECT_EQ(keys.size(), 16U);
}

TEST(NvidiaHierarchy, LeadsNowhere) {
  for (const std::vector<Bytes>& chain : both_chains(NvidiaHierarchy("another"))) {
    for (const Bytes& der : chain) {
      const std::string text(der.begin(), der.end());
      for (std::size_t at = text.find("http"); at != std::string::npos; at = text.find("http", at + 1)) {
        const std::string host = text.substr(at, text.find('/', at + 8) - at);
        EXPECT_NE(host.find(".simulated.invalid"), std::string::npos) << host;
      }
    }
  }
}

/// The attributes of a name by type and kind of string, without their values.
std::string shape_of(const X509_NAME* name) {
  std::string out;
  for (int i = 0; i < X509_NAME_entry_count(name); ++i) {
    const X509_NAME_ENTRY* entry = X509_NAME_get_entry(name, i);
    out += std::to_string(OBJ_obj2nid(X509_NAME_ENTRY_get_object(entry))) + ":" +
           std::to_string(ASN1_STRING_type(X509_NAME_ENTRY_get_data(entry))) + " ";
  }
  return out;
}

/// Everything but names, keys, dates and addresses.
std::string shape_of(const Bytes& der) {
  const crypto::X509Ptr certificate = test::decode(der);
  std::string out = shape_of(X509_get_issuer_name(certificate.get())) + "/ " +
                    shape_of(X509_get_subject_name(certificate.get())) + "/ ";
  const auto read = x509::Certificate::parse(der).value();
  for (const x509::Extension& extension : read->extensions()) {
    out += std::string(extension.oid) + (extension.critical ? "! " : " ");
  }
  return out;
}

// The chains of a genuine GPU and of its driver's manifest.
TEST(NvidiaHierarchy, LooksLikeAGenuineOne) {
  if (!test::have_vectors()) {
    GTEST_SKIP() << "no vectors";
  }
  const NvidiaHierarchy hierarchy("another");
  const std::string folder = "nvidia/gpu-hopper-550.90.07/";
  const Bytes text = test::read_vector(folder + "chain.pem");
  std::vector<Bytes> genuine;
  const auto blocks = pem::split({reinterpret_cast<const char*>(text.data()), text.size()}).value();
  for (const pem::Block& block : blocks) {
    genuine.push_back(block.der);
  }
  const Bytes rim = test::read_vector(folder + "driver-rim.xml");
  const std::vector<std::vector<Bytes>> both = {genuine, nvidia::parse_rim(rim).value().certificates};
  const auto made = both_chains(hierarchy);
  for (std::size_t which = 0; which < both.size(); ++which) {
    ASSERT_EQ(made[which].size(), both[which].size());
    for (std::size_t i = 0; i < made[which].size(); ++i) {
      EXPECT_EQ(shape_of(made[which][i]), shape_of(both[which][i])) << which << ", certificate " << i;
    }
  }
}

}  // namespace
}  // namespace tenzro::tee::simulated
