// SPDX-License-Identifier: Apache-2.0
#include "collateral/intel/signed_document.hpp"

#include <algorithm>
#include <limits>

#include "core/text.hpp"

namespace tenzro::tee::intel {

namespace {

constexpr std::size_t kMaxAdvisoryText = 128;

bool allowed(TcbStatus status, LevelKind kind) {
  switch (status) {
    case TcbStatus::up_to_date:
    case TcbStatus::out_of_date:
    case TcbStatus::revoked:
      return true;
    case TcbStatus::sw_hardening_needed:
    case TcbStatus::configuration_needed:
    case TcbStatus::configuration_and_sw_hardening_needed:
    case TcbStatus::out_of_date_configuration_needed:
      return kind == LevelKind::platform;
    case TcbStatus::unknown:
    case TcbStatus::td_relaunch_advised:
    case TcbStatus::td_relaunch_advised_configuration_needed:
    case TcbStatus::not_supported:
      return false;  // results of an evaluation, never served
  }
  return false;
}

}  // namespace

Result<SignedSlice> split_signed(ByteView document, std::string_view member) {
  SignedSlice out;
  {  // The whole is let go of before its part is read, so that only one of them is in memory.
    TENZRO_ASSIGN_OR_RETURN(const json::ParsedObject whole, json::parse_object(document));
    const auto found = std::find_if(whole.members.begin(), whole.members.end(),
                                    [&](const auto& candidate) { return candidate.first == member; });
    if (found == whole.members.end()) {
      return Error(ErrorCode::malformed_input, concat("document: has no member ", member));
    }
    out.signed_bytes = found->second;
    TENZRO_ASSIGN_OR_RETURN(const json::Node signature, json::Node(whole.value, "document").member("signature"));
    TENZRO_ASSIGN_OR_RETURN(out.signature, signature.hex<64>());
  }
  // Once more, from the slice alone: what is read is what was signed, whatever surrounds it.
  TENZRO_ASSIGN_OR_RETURN(out.value, json::parse(out.signed_bytes));
  return out;
}

Result<void> read_common(const json::Node& root, const SignedSlice& slice, SignedDocument& out) {
  out.signed_bytes = slice.signed_bytes;
  out.signature = slice.signature;
  TENZRO_ASSIGN_OR_RETURN(out.issue_date, read_time(root, "issueDate"));
  TENZRO_ASSIGN_OR_RETURN(out.next_update, read_time(root, "nextUpdate"));
  TENZRO_ASSIGN_OR_RETURN(const json::Node number, root.member("tcbEvaluationDataNumber"));
  TENZRO_ASSIGN_OR_RETURN(const auto value, number.unsigned_integer(std::numeric_limits<std::uint32_t>::max()));
  out.evaluation_data_number = static_cast<std::uint32_t>(value);
  return {};
}

Result<void> demand_version(const json::Node& root, std::uint64_t version) {
  TENZRO_ASSIGN_OR_RETURN(const json::Node node, root.member("version"));
  TENZRO_ASSIGN_OR_RETURN(const auto found, node.unsigned_integer(std::numeric_limits<std::uint32_t>::max()));
  if (found == version) {
    return {};
  }
  return Error(ErrorCode::unsupported, concat(node.path(), ": is ", found, ", only ", version, " is known"));
}

Result<std::uint16_t> read_u16(const json::Node& object, std::string_view name) {
  TENZRO_ASSIGN_OR_RETURN(const json::Node node, object.member(name));
  TENZRO_ASSIGN_OR_RETURN(const auto value, node.unsigned_integer(std::numeric_limits<std::uint16_t>::max()));
  return static_cast<std::uint16_t>(value);
}

Result<UtcTime> read_time(const json::Node& object, std::string_view name) {
  TENZRO_ASSIGN_OR_RETURN(const json::Node node, object.member(name));
  return node.time();
}

Result<TcbStatus> read_status(const json::Node& level, LevelKind kind) {
  TENZRO_ASSIGN_OR_RETURN(const json::Node node, level.member("tcbStatus"));
  TENZRO_ASSIGN_OR_RETURN(const std::string text, node.string());
  const Result<TcbStatus> status = parse_tcb_status(text);
  if (status && allowed(*status, kind)) {
    return *status;
  }
  return node.wrong(kind == LevelKind::platform ? "a TCB status of a platform (UpToDate, SWHardeningNeeded, ...)"
                                                : "UpToDate, OutOfDate or Revoked");
}

Result<std::vector<std::string>> read_advisories(const json::Node& level) {
  std::vector<std::string> out;
  TENZRO_ASSIGN_OR_RETURN(const auto node, level.optional_member("advisoryIDs"));
  if (!node) {
    return out;
  }
  TENZRO_ASSIGN_OR_RETURN(const auto elements, node->array(kMaxAdvisories));
  out.reserve(elements.size());
  for (const json::Node& element : elements) {
    TENZRO_ASSIGN_OR_RETURN(std::string id, element.string(kMaxAdvisoryText));
    out.push_back(std::move(id));
  }
  return out;
}

Result<std::vector<IsvSvnLevel>> read_isv_svn_levels(const json::Node& object) {
  TENZRO_ASSIGN_OR_RETURN(const json::Node list, object.member("tcbLevels"));
  TENZRO_ASSIGN_OR_RETURN(const auto elements, list.array(kMaxLevels));
  if (elements.empty()) {
    return list.wrong("at least one level");
  }
  std::vector<IsvSvnLevel> out;
  out.reserve(elements.size());
  for (const json::Node& element : elements) {
    IsvSvnLevel level;
    TENZRO_ASSIGN_OR_RETURN(const json::Node tcb, element.member("tcb"));
    TENZRO_ASSIGN_OR_RETURN(level.isv_svn, read_u16(tcb, "isvsvn"));
    TENZRO_ASSIGN_OR_RETURN(level.date, read_time(element, "tcbDate"));
    TENZRO_ASSIGN_OR_RETURN(level.status, read_status(element, LevelKind::isv_svn));
    TENZRO_ASSIGN_OR_RETURN(level.advisory_ids, read_advisories(element));
    out.push_back(std::move(level));
  }
  // Intel serves them descending; the order decides, so it is not taken on trust.
  std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.isv_svn > b.isv_svn; });
  const auto twice =
      std::adjacent_find(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.isv_svn == b.isv_svn; });
  if (twice != out.end()) {
    return Error(ErrorCode::malformed_input, concat(list.path(), ": two levels for isvsvn ", twice->isv_svn));
  }
  return out;
}

}  // namespace tenzro::tee::intel
