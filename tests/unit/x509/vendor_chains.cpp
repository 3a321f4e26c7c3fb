// SPDX-License-Identifier: Apache-2.0
#include "vendor_chains.hpp"

#include <algorithm>
#include <stdexcept>
#include <string_view>

#include "support/vectors.hpp"
#include "x509/certificate.hpp"

namespace tenzro::tee::test {

namespace {

/// Base64 between two marks, white space dropped; all such blocks in order.
std::vector<Bytes> blocks_between(const Bytes& data, std::string_view begin, std::string_view end) {
  const std::string_view text(reinterpret_cast<const char*>(data.data()), data.size());
  std::vector<Bytes> out;
  for (std::size_t at = text.find(begin); at != text.npos; at = text.find(begin, at)) {
    const std::size_t first = at + begin.size();
    const std::size_t last = text.find(end, first);
    if (last == text.npos) {
      break;
    }
    std::string base64(text.substr(first, last - first));
    std::erase_if(base64, [](char c) { return c == '\n' || c == '\r' || c == ' ' || c == '\t'; });
    auto der = from_base64(base64);
    if (der) {
      out.push_back(*std::move(der));
    }
    at = last + end.size();
  }
  return out;
}

std::vector<Bytes> pem_blocks(const Bytes& data) {
  return blocks_between(data, "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----");
}

std::vector<Bytes> pem_file(const std::string& file) { return pem_blocks(read_vector(file)); }

/// The certificates of an attestation document: byte strings of two-byte length that begin as DER certificates do. The
/// leaf comes first, then the bundle, root first; the result is leaf first, root last.
std::vector<Bytes> nitro_chain(const std::string& file) {
  const Bytes data = read_vector(file);
  std::vector<Bytes> out;
  for (std::size_t i = 0; i + 5 < data.size(); ++i) {
    if (data[i] != 0x59 || data[i + 3] != 0x30 || data[i + 4] != 0x82) {
      continue;
    }
    const std::size_t size = static_cast<std::size_t>(data[i + 1]) << 8 | data[i + 2];
    if (size > data.size() - i - 3) {
      continue;
    }
    const Bytes der(data.begin() + static_cast<std::ptrdiff_t>(i + 3),
                    data.begin() + static_cast<std::ptrdiff_t>(i + 3 + size));
    if (!x509::Certificate::parse(der)) {
      continue;
    }
    out.push_back(der);
    i += size;
  }
  if (out.size() > 1) {
    std::reverse(out.begin() + 1, out.end());
  }
  return out;
}

/// An hour after the youngest certificate of the chain came into force.
UtcTime just_after_issue(const std::vector<Bytes>& chain) {
  UtcTime out{};
  for (const Bytes& der : chain) {
    if (auto certificate = x509::Certificate::parse(der)) {
      out = std::max(out, (*certificate)->not_before());
    }
  }
  return out + std::chrono::hours{1};
}

Bytes hex_file(const std::string& file) {
  const Bytes text = read_vector(file);
  std::string digits(text.begin(), text.end());
  std::erase_if(digits, [](char c) { return c == '\n' || c == '\r' || c == ' '; });
  if (digits.starts_with("0x")) {
    digits.erase(0, 2);
  }
  auto bytes = from_hex(digits);
  return bytes ? *std::move(bytes) : Bytes();
}

std::vector<Bytes> amd_chain(const std::string& leaf, const std::string& product, const std::string& kind) {
  std::vector<Bytes> out;
  if (leaf.ends_with(".pem")) {
    out.push_back(pem_file("sev-snp/" + leaf).at(0));
  } else {
    out.push_back(read_vector("sev-snp/" + leaf));
  }
  for (Bytes& der : pem_file("sev-snp/roots/" + product + "_cert_chain_" + kind + ".pem")) {
    out.push_back(std::move(der));
  }
  return out;
}

void add(std::vector<VendorChain>& out, std::string name, Platform platform, ChainRole role, std::string product,
         std::vector<Bytes> chain) {
  const UtcTime at = just_after_issue(chain);
  out.push_back({std::move(name), platform, role, std::move(product), std::move(chain), at});
}

}  // namespace

std::vector<VendorChain> vendor_chains() {
  std::vector<VendorChain> out;
  const auto intel = Platform::intel_tdx;
  const auto amd = Platform::amd_sev_snp;
  const auto signer = ChainRole::evidence_signer;
  add(out, "intel-pck-platform", intel, signer, "intel", pem_blocks(read_vector("tdx/quotes/v4_b0c06f_uptodate.bin")));
  add(out, "intel-pck-platform-v5", intel, signer, "intel",
      pem_blocks(read_vector("tdx/quotes/v5_90c06f_servicetd.bin")));
  add(out, "intel-pck-platform-gcp", intel, signer, "intel",
      pem_blocks(read_vector("tdx/quotes/v4_gcp_cos113_with_ccel.bin")));
  add(out, "intel-pck-platform-sgx", Platform::intel_sgx, signer, "intel",
      pem_blocks(hex_file("tdx/quotes/v3_sgx_platform_ca.hex")));
  add(out, "intel-pck-processor", Platform::intel_sgx, signer, "intel",
      pem_blocks(read_vector("tdx/quotes/v3_sgx_processor_ca.bin")));
  add(out, "intel-tcb-signing", intel, ChainRole::tcb_signer, "intel",
      {read_vector("tdx/roots/intel_tcb_signing_2025_2032.der"), read_vector("tdx/roots/intel_sgx_root_ca.der")});
  add(out, "amd-milan-vcek", amd, ChainRole::vcek, "milan", amd_chain("s02_milan_v2/vcek.der", "milan", "vcek"));
  add(out, "amd-milan-vcek-reissued", amd, signer, "milan",
      amd_chain("s05_milan_v3/vcek_2026-02.pem", "milan", "vcek"));
  add(out, "amd-milan-vlek", amd, ChainRole::vlek, "milan",
      amd_chain("s04_milan_v3_vlek_vmpl1/vlek.der", "milan", "vlek"));
  add(out, "amd-genoa-vcek", amd, ChainRole::vcek, "genoa", amd_chain("s06_genoa_v3/vcek.pem", "genoa", "vcek"));
  add(out, "amd-turin-vcek", amd, ChainRole::vcek, "turin", amd_chain("s07_turin_v5/vcek.pem", "turin", "vcek"));
  add(out, "aws-nitro", Platform::aws_nitro, signer, "aws",
      nitro_chain("nitro/real/dstack-nsm-2025-12-25a-tag18.cose"));
  // Its instance certificate has no key identifiers.
  add(out, "aws-nitro-2022", Platform::aws_nitro, signer, "aws", nitro_chain("nitro/real/veracruz-2022-11-09.cose"));
  add(out, "aws-nitro-tpm", Platform::aws_nitro_tpm, signer, "aws", nitro_chain("nitro/real/nitrotpm-2026-08-13.cose"));
  add(out, "nvidia-hopper", Platform::nvidia_gpu, signer, "nvidia", pem_file("nvidia/gpu-hopper-550.90.07/chain.pem"));
  add(out, "nvidia-blackwell", Platform::nvidia_gpu, signer, "nvidia",
      pem_file("nvidia/gpu-blackwell-575.32/chain.pem"));
  add(out, "nvidia-switch", Platform::nvidia_gpu, signer, "nvidia", pem_file("nvidia/switch-ls10-96.10.55/chain.pem"));
  add(out, "nvidia-rim-driver", Platform::nvidia_gpu, ChainRole::rim_signer, "nvidia-rim",
      blocks_between(read_vector("nvidia/gpu-hopper-550.90.07/driver-rim.xml"), "<ds:X509Certificate>",
                     "</ds:X509Certificate>"));
  return out;
}

VendorChain vendor_chain(const std::string& name) {
  for (VendorChain& chain : vendor_chains()) {
    if (chain.name == name) {
      return std::move(chain);
    }
  }
  throw std::runtime_error("no vendor chain " + name);
}

}  // namespace tenzro::tee::test
