// SPDX-License-Identifier: Apache-2.0
#include "evidence/snp/tcb.hpp"

namespace tenzro::tee::snp {

namespace {

struct Models {
  std::uint8_t family, first, last;
  Product product;
};
// Combined family and model, as CPUID has them.
constexpr std::array<Models, 4> kModels = {{{0x19, 0x00, 0x0f, Product::milan},
                                            {0x19, 0x10, 0x1f, Product::genoa},
                                            {0x19, 0xa0, 0xaf, Product::genoa},
                                            {0x1a, 0x00, 0x11, Product::turin}}};

constexpr std::array kProducts = {Product::milan, Product::genoa, Product::turin};

}  // namespace

std::string_view to_string(Product product) noexcept {
  switch (product) {
    case Product::milan:
      return "Milan";
    case Product::genoa:
      return "Genoa";
    case Product::turin:
      return "Turin";
  }
  return "unknown";
}

std::optional<Product> parse_product(std::string_view name) noexcept {
  for (const Product product : kProducts) {
    if (name == to_string(product)) {
      return product;
    }
  }
  return std::nullopt;
}

std::optional<Product> product_of(const CpuId& cpu) noexcept {
  for (const Models& models : kModels) {
    if (cpu.family == models.family && cpu.model >= models.first && cpu.model <= models.last) {
      return models.product;
    }
  }
  return std::nullopt;
}

Tcb read_tcb(const ByteArray<8>& wire, Product product) noexcept {
  Tcb out;
  if (product == Product::turin) {
    out.fmc = wire[0];
    out.bootloader = wire[1];
    out.tee = wire[2];
    out.snp = wire[3];
    out.reserved = {wire[4], wire[5], wire[6], 0};
  } else {
    out.bootloader = wire[0];
    out.tee = wire[1];
    out.reserved = {wire[2], wire[3], wire[4], wire[5]};
    out.snp = wire[6];
  }
  out.microcode = wire[7];
  return out;
}

bool at_most(const Tcb& a, const Tcb& b) noexcept {
  for (std::size_t i = 0; i < a.reserved.size(); ++i) {
    if (a.reserved.at(i) > b.reserved.at(i)) {
      return false;
    }
  }
  return a.fmc.value_or(0) <= b.fmc.value_or(0) && a.bootloader <= b.bootloader && a.tee <= b.tee && a.snp <= b.snp &&
         a.microcode <= b.microcode;
}

}  // namespace tenzro::tee::snp
