// SPDX-License-Identifier: Apache-2.0
#include "verify/tdx/tcb_evaluation.hpp"

#include <algorithm>

#include "core/text.hpp"

namespace tenzro::tee::tdx {

namespace {

using intel::IsvSvnLevel;
using intel::TcbLevel;

/// TEE_TCB_SVN: [0] is the minor SVN of the TDX module, [1] its major version.
constexpr std::size_t kModuleSvn = 0;
constexpr std::size_t kModuleVersion = 1;
/// From module version 1 on, the module is judged by its identity, and the platform level by the components behind it.
constexpr std::size_t kFirstPlatformComponent = 2;

bool every_component_reaches(const ByteArray<16>& have, const ByteArray<16>& need, std::size_t from = 0) {
  for (std::size_t i = from; i < have.size(); ++i) {
    if (have[i] < need[i]) {
      return false;
    }
  }
  return true;
}

bool reaches(const PlatformSvns& svns, const std::optional<ByteArray<16>>& tee_tcb_svn, const TcbLevel& level) {
  if (!every_component_reaches(svns.sgx_components, level.sgx_components)) {
    return false;
  }
  if (svns.pce_svn < level.pce_svn) {
    return false;
  }
  if (!tee_tcb_svn) {
    return true;
  }
  const std::size_t from = (*tee_tcb_svn)[kModuleVersion] > 0 ? kFirstPlatformComponent : 0;
  return every_component_reaches(*tee_tcb_svn, level.tdx_components, from);
}

void collect(TcbEvaluation& out, UtcTime date, const std::vector<std::string>& advisory_ids) {
  out.date = out.date ? std::min(*out.date, date) : date;
  out.advisory_ids.insert(out.advisory_ids.end(), advisory_ids.begin(), advisory_ids.end());
}

bool is_out_of_date(TcbStatus status) {
  return status == TcbStatus::out_of_date || status == TcbStatus::out_of_date_configuration_needed;
}

/// When the levels that are out of date were superseded: each when the next newer one was published, the newest one
/// never.
class Superseded {
 public:
  template <class Level>
  void note(const std::vector<Level>& levels, std::size_t matched) {
    if (!is_out_of_date(levels[matched].status)) {
      return;
    }
    if (matched == 0) {
      never_ = true;
      return;
    }
    const UtcTime date = levels[matched - 1].date;
    earliest_ = earliest_ ? std::min(*earliest_, date) : date;
  }
  std::optional<UtcTime> at() const { return never_ ? std::nullopt : earliest_; }

 private:
  std::optional<UtcTime> earliest_;
  bool never_ = false;
};

void sort_and_unite(std::vector<std::string>& advisory_ids) {
  std::sort(advisory_ids.begin(), advisory_ids.end());
  advisory_ids.erase(std::unique(advisory_ids.begin(), advisory_ids.end()), advisory_ids.end());
}

/// The first level, in descending order, whose ISVSVN is reached; levels.size() when none is.
std::size_t match_isv_svn(const std::vector<IsvSvnLevel>& levels, std::uint16_t isv_svn) {
  const auto it = std::find_if(levels.begin(), levels.end(),
                               [isv_svn](const IsvSvnLevel& level) { return level.isv_svn <= isv_svn; });
  return static_cast<std::size_t>(it - levels.begin());
}

/// Folds the status of the module or the QE into the platform's.
TcbStatus converge(TcbStatus platform, TcbStatus component) {
  if (component == TcbStatus::revoked) {
    return TcbStatus::revoked;
  }
  if (component != TcbStatus::out_of_date) {
    return platform;
  }
  switch (platform) {
    case TcbStatus::up_to_date:
    case TcbStatus::sw_hardening_needed:
      return TcbStatus::out_of_date;
    case TcbStatus::configuration_needed:
    case TcbStatus::configuration_and_sw_hardening_needed:
      return TcbStatus::out_of_date_configuration_needed;
    case TcbStatus::unknown:
    case TcbStatus::out_of_date:
    case TcbStatus::out_of_date_configuration_needed:
    case TcbStatus::td_relaunch_advised:
    case TcbStatus::td_relaunch_advised_configuration_needed:
    case TcbStatus::revoked:
    case TcbStatus::not_supported:
      return platform;
  }
  return TcbStatus::not_supported;
}

TcbEvaluation not_supported(std::string why) {
  TcbEvaluation out;
  out.why = std::move(why);
  return out;
}

TcbEvaluation evaluate(const PlatformSvns& svns, const std::optional<ByteArray<16>>& tee_tcb_svn,
                       const intel::TcbInfo& info, const intel::QeIdentity& identity) {
  const auto level = std::find_if(info.levels.begin(), info.levels.end(),
                                  [&](const TcbLevel& candidate) { return reaches(svns, tee_tcb_svn, candidate); });
  if (level == info.levels.end()) {
    return not_supported("the platform's SVNs lie below every level of the TCB info");
  }

  TcbEvaluation out;
  out.platform_status = level->status;
  collect(out, level->date, level->advisory_ids);
  Superseded superseded;
  superseded.note(info.levels, static_cast<std::size_t>(level - info.levels.begin()));
  TcbStatus status = level->status;

  if (tee_tcb_svn && (*tee_tcb_svn)[kModuleVersion] > 0) {
    const intel::TdxModuleIdentity* module = find_module_identity(info, *tee_tcb_svn);
    if (module == nullptr) {
      return not_supported("the TCB info has no identity for this TDX module version");
    }
    const std::size_t matched = match_isv_svn(module->levels, (*tee_tcb_svn)[kModuleSvn]);
    if (matched == module->levels.size()) {
      return not_supported("the TDX module's SVN lies below every level of its identity");
    }
    out.module_status = module->levels[matched].status;
    collect(out, module->levels[matched].date, module->levels[matched].advisory_ids);
    superseded.note(module->levels, matched);
    status = converge(status, *out.module_status);
  }

  const std::size_t matched = match_isv_svn(identity.levels, svns.qe_isv_svn);
  if (matched == identity.levels.size()) {
    return not_supported("the quoting enclave's ISVSVN lies below every level of its identity");
  }
  out.qe_status = identity.levels[matched].status;
  collect(out, identity.levels[matched].date, identity.levels[matched].advisory_ids);
  superseded.note(identity.levels, matched);
  out.status = converge(status, *out.qe_status);

  out.superseded_at = superseded.at();
  sort_and_unite(out.advisory_ids);
  return out;
}

bool asks_for_configuration(TcbStatus status) {
  return status == TcbStatus::configuration_needed || status == TcbStatus::configuration_and_sw_hardening_needed ||
         status == TcbStatus::out_of_date_configuration_needed;
}

/// A TD that was launched under an old TCB and now runs under a good one need only be relaunched.
TcbStatus combine(TcbStatus launch, TcbStatus current) {
  if (launch == TcbStatus::not_supported || current == TcbStatus::not_supported) {
    return TcbStatus::not_supported;
  }
  if (launch == TcbStatus::revoked || current == TcbStatus::revoked) {
    return TcbStatus::revoked;
  }
  const bool current_is_good = current == TcbStatus::up_to_date || current == TcbStatus::sw_hardening_needed ||
                               current == TcbStatus::configuration_needed ||
                               current == TcbStatus::configuration_and_sw_hardening_needed;
  if (is_out_of_date(launch) && current_is_good) {
    return asks_for_configuration(launch) || asks_for_configuration(current)
               ? TcbStatus::td_relaunch_advised_configuration_needed
               : TcbStatus::td_relaunch_advised;
  }
  return launch;
}

}  // namespace

const intel::TdxModuleIdentity* find_module_identity(const intel::TcbInfo& info, const ByteArray<16>& tee_tcb_svn) {
  const std::uint8_t version = tee_tcb_svn[kModuleVersion];
  if (version == 0) {
    return nullptr;
  }
  const auto it = std::find_if(info.tdx_module_identities.begin(), info.tdx_module_identities.end(),
                               [version](const intel::TdxModuleIdentity& module) { return module.version == version; });
  return it == info.tdx_module_identities.end() ? nullptr : &*it;
}

TcbAssessment assess_tcb(const PlatformSvns& svns, const intel::TcbInfo& info, const intel::QeIdentity& identity) {
  TcbAssessment out;
  out.launch = evaluate(svns, svns.tee_tcb_svn, info, identity);
  out.why = out.launch.why;
  out.verdict.launch_status = out.launch.status;
  out.verdict.status = out.launch.status;
  if (svns.tee_tcb_svn2) {
    out.current = evaluate(svns, svns.tee_tcb_svn2, info, identity);
    out.verdict.current_status = out.current->status;
    out.verdict.status = combine(out.launch.status, out.current->status);
    if (out.why.empty()) {
      out.why = out.current->why;
    }
  }
  out.verdict.evaluation_data_number = info.evaluation_data_number;
  if (out.verdict.status != TcbStatus::not_supported) {
    out.verdict.date = out.launch.date;
    out.verdict.advisory_ids = out.launch.advisory_ids;
    if (out.current) {
      std::vector<std::string>& all = out.verdict.advisory_ids;
      all.insert(all.end(), out.current->advisory_ids.begin(), out.current->advisory_ids.end());
      sort_and_unite(all);
    }
  }
  return out;
}

}  // namespace tenzro::tee::tdx
