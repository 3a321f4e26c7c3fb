// SPDX-License-Identifier: Apache-2.0
// Level selection and convergence on hand-made TCB info.
#include <gtest/gtest.h>

#include "verify/tdx/tcb_evaluation.hpp"

namespace tenzro::tee::tdx {
namespace {

UtcTime day(int n) { return UtcTime{} + std::chrono::days{20'000 + n}; }

intel::TcbLevel level(std::uint8_t sgx0, std::uint16_t pce, ByteArray<16> tdx, TcbStatus status, int date) {
  intel::TcbLevel out;
  out.sgx_components[0] = sgx0;
  out.pce_svn = pce;
  out.tdx_components = tdx;
  out.status = status;
  out.date = day(date);
  return out;
}

struct Fixture {
  intel::TcbInfo info;
  intel::QeIdentity identity;
  PlatformSvns svns;
  Fixture() {
    info.tdx = true;
    info.evaluation_data_number = 17;
    info.levels = {level(3, 11, {5, 0, 4}, TcbStatus::up_to_date, 10),
                   level(2, 11, {5, 0, 2}, TcbStatus::out_of_date, 5)};
    intel::TdxModuleIdentity module;
    module.version = 1;
    module.levels = {{4, day(9), TcbStatus::up_to_date, {}}, {2, day(3), TcbStatus::out_of_date, {"INTEL-SA-2"}}};
    info.tdx_module_identities = {module};
    identity.levels = {{4, day(20), TcbStatus::up_to_date, {}}};
    svns.sgx_components[0] = 3;
    svns.pce_svn = 11;
    svns.qe_isv_svn = 6;
    svns.tee_tcb_svn = ByteArray<16>{4, 1, 4};
  }
  TcbAssessment assess() const { return assess_tcb(svns, info, identity); }
};

TEST(TcbEvaluation, TakesTheFirstLevelThatIsReached) {
  Fixture f;
  EXPECT_EQ(f.assess().verdict.status, TcbStatus::up_to_date);
  EXPECT_EQ(f.assess().verdict.date, day(9));
  f.svns.sgx_components[0] = 2;
  EXPECT_EQ(f.assess().verdict.status, TcbStatus::out_of_date);
  EXPECT_EQ(f.assess().launch.superseded_at, day(10));
  f.svns.pce_svn = 10;
  EXPECT_EQ(f.assess().verdict.status, TcbStatus::not_supported);
  EXPECT_FALSE(f.assess().verdict.date.has_value());
  EXPECT_FALSE(f.assess().why.empty());
}

// A versioned module is judged by its identity: components 0 and 1 of the platform level do not count.
TEST(TcbEvaluation, SkipsTheModuleComponentsOnlyForAVersionedModule) {
  Fixture f;
  EXPECT_EQ(f.assess().verdict.status, TcbStatus::up_to_date);  // svn[0] is 4, the level says 5
  f.svns.tee_tcb_svn = ByteArray<16>{4, 0, 4};
  EXPECT_EQ(f.assess().verdict.status, TcbStatus::not_supported);
  f.svns.tee_tcb_svn = ByteArray<16>{5, 0, 4};
  EXPECT_EQ(f.assess().verdict.status, TcbStatus::up_to_date);
  EXPECT_FALSE(f.assess().launch.module_status.has_value());
}

TEST(TcbEvaluation, CollectsAdvisoriesOnceAndSorted) {
  Fixture f;
  f.info.levels[0].advisory_ids = {"INTEL-SA-3", "INTEL-SA-2"};
  f.svns.tee_tcb_svn = ByteArray<16>{2, 1, 4};
  const TcbAssessment out = f.assess();
  EXPECT_EQ(out.verdict.status, TcbStatus::out_of_date);
  EXPECT_EQ(out.verdict.advisory_ids, (std::vector<std::string>{"INTEL-SA-2", "INTEL-SA-3"}));
  EXPECT_EQ(out.launch.platform_status, TcbStatus::up_to_date);
  EXPECT_EQ(out.launch.module_status, TcbStatus::out_of_date);
  EXPECT_EQ(out.launch.qe_status, TcbStatus::up_to_date);
}

// ATTACK(T7): an SVN of 255 counts as 255.
TEST(TcbEvaluation, ComparesLargeSvnsUnsigned) {
  Fixture f;
  f.info.levels[0].sgx_components[0] = 200;
  f.svns.sgx_components[0] = 255;
  EXPECT_EQ(f.assess().verdict.status, TcbStatus::up_to_date);
  f.svns.sgx_components[0] = 199;
  EXPECT_EQ(f.assess().verdict.status, TcbStatus::out_of_date);
}

TEST(TcbEvaluation, RevokedNowIsRevokedWhateverItWasAtLaunch) {
  Fixture f;
  f.info.tdx_module_identities[0].levels[0].status = TcbStatus::revoked;
  f.svns.tee_tcb_svn = ByteArray<16>{2, 1, 4};
  f.svns.tee_tcb_svn2 = ByteArray<16>{4, 1, 4};
  EXPECT_EQ(f.assess().verdict.status, TcbStatus::revoked);
  EXPECT_EQ(f.assess().verdict.launch_status, TcbStatus::out_of_date);
  EXPECT_EQ(f.assess().verdict.current_status, TcbStatus::revoked);
}

TEST(TcbEvaluation, AnUnknownModuleVersionIsNotSupported) {
  Fixture f;
  f.svns.tee_tcb_svn = ByteArray<16>{9, 2, 9};
  EXPECT_EQ(f.assess().verdict.status, TcbStatus::not_supported);
  EXPECT_EQ(find_module_identity(f.info, *f.svns.tee_tcb_svn), nullptr);
}

TEST(TcbEvaluation, OfLaunchAndNowTheWorseDecides) {
  const auto status_of = [](const ByteArray<16>& launch, const ByteArray<16>& now) {
    Fixture f;
    f.info.tdx_module_identities[0].levels.push_back({1, day(1), TcbStatus::revoked, {}});
    f.svns.tee_tcb_svn = launch;
    f.svns.tee_tcb_svn2 = now;
    return f.assess().verdict.status;
  };
  const ByteArray<16> good{4, 1, 4}, old{2, 1, 4}, revoked{1, 1, 4}, below_all{0, 1, 4};
  EXPECT_EQ(status_of(good, good), TcbStatus::up_to_date);
  EXPECT_EQ(status_of(old, good), TcbStatus::td_relaunch_advised);
  EXPECT_EQ(status_of(good, old), TcbStatus::up_to_date) << "Intel lets the launch stand; appraise_tcb does not";
  for (const ByteArray<16>& other : {good, old}) {
    EXPECT_EQ(status_of(revoked, other), TcbStatus::revoked);
    EXPECT_EQ(status_of(other, revoked), TcbStatus::revoked);
  }
  for (const ByteArray<16>& other : {good, old, revoked}) {
    EXPECT_EQ(status_of(below_all, other), TcbStatus::not_supported);
    EXPECT_EQ(status_of(other, below_all), TcbStatus::not_supported);
  }
}

TEST(TcbEvaluation, AModuleOfVersionZeroHasNoIdentity) {
  Fixture f;
  f.info.tdx_module_identities[0].version = 0;
  EXPECT_EQ(find_module_identity(f.info, {5, 0, 4}), nullptr);
}

}  // namespace
}  // namespace tenzro::tee::tdx
