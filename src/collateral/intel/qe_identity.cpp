// SPDX-License-Identifier: Apache-2.0
// Source: Intel PCS API v4, "Get Quoting Enclave Identity".
#include <algorithm>
#include <array>

#include "collateral/intel/signed_document.hpp"

namespace tenzro::tee::intel {

namespace {

constexpr std::uint64_t kQeIdentityVersion = 2;
constexpr std::array<std::string_view, 4> kIds = {"QE", "TD_QE", "QVE", "QAE"};

}  // namespace

Result<QeIdentity> parse_qe_identity(ByteView document) {
  TENZRO_ASSIGN_OR_RETURN(const SignedSlice slice, split_signed(document, "enclaveIdentity"));
  const json::Node root(slice.value, "enclaveIdentity");
  TENZRO_RETURN_IF_ERROR(demand_version(root, kQeIdentityVersion));
  QeIdentity out;
  TENZRO_RETURN_IF_ERROR(read_common(root, slice, out));
  TENZRO_ASSIGN_OR_RETURN(const json::Node id, root.member("id"));
  TENZRO_ASSIGN_OR_RETURN(out.id, id.string());
  if (std::find(kIds.begin(), kIds.end(), out.id) == kIds.end()) {
    return id.wrong("QE, TD_QE, QVE or QAE");
  }
  TENZRO_ASSIGN_OR_RETURN(out.misc_select, read_hex<4>(root, "miscselect"));
  TENZRO_ASSIGN_OR_RETURN(out.misc_select_mask, read_hex<4>(root, "miscselectMask"));
  TENZRO_ASSIGN_OR_RETURN(out.attributes, read_hex<16>(root, "attributes"));
  TENZRO_ASSIGN_OR_RETURN(out.attributes_mask, read_hex<16>(root, "attributesMask"));
  TENZRO_ASSIGN_OR_RETURN(out.mr_signer, read_hex<32>(root, "mrsigner"));
  TENZRO_ASSIGN_OR_RETURN(out.isv_prod_id, read_u16(root, "isvprodid"));
  TENZRO_ASSIGN_OR_RETURN(out.levels, read_isv_svn_levels(root));
  return out;
}

}  // namespace tenzro::tee::intel
