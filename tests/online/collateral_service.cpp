// SPDX-License-Identifier: Apache-2.0
#include "online/collateral_service.hpp"

#include <algorithm>

namespace tenzro::tee::test {
namespace {

CollateralKind kind_of(const std::string& target) {
  const auto has = [&target](std::string_view part) { return target.find(part) != std::string::npos; };
  if (has("/certification/v4/tcb?")) {
    return CollateralKind::tcb_info;
  }
  if (has("/certification/v4/qe/identity")) {
    return CollateralKind::qe_identity;
  }
  if (has("/sgx/certification/v4/pckcrl?")) {
    return CollateralKind::pck_crl;
  }
  return has("/IntelSGXRootCA.der") || has("/sgx/certification/v4/rootcacrl") ? CollateralKind::root_crl
                                                                              : CollateralKind::unknown;
}

std::string_view header_name(CollateralKind kind) {
  return kind == CollateralKind::tcb_info      ? "TCB-Info-Issuer-Chain"
         : kind == CollateralKind::qe_identity ? "SGX-Enclave-Identity-Issuer-Chain"
                                               : "SGX-PCK-CRL-Issuer-Chain";
}

std::string pem(ByteView der) {
  const std::string text = to_base64(der);
  std::string out = "-----BEGIN CERTIFICATE-----\n";
  for (std::size_t at = 0; at < text.size(); at += 64) {
    out += text.substr(at, 64) + "\n";
  }
  return out + "-----END CERTIFICATE-----\n";
}

}  // namespace

std::string header_value(const std::vector<Bytes>& chain) {
  std::string out;
  for (const Bytes& der : chain) {
    for (const char c : pem(der)) {
      const auto byte = static_cast<std::uint8_t>(c);
      const bool plain = std::isalnum(byte) != 0 || c == '-' || c == '.' || c == '_';
      out += plain ? std::string(1, c) : "%" + to_hex(ByteView(&byte, 1));
    }
  }
  return out;
}

void Gate::pass() {
  std::unique_lock lock(mutex_);
  ++held_;
  changed_.notify_all();
  changed_.wait(lock, [this] { return open_; });
}

void Gate::wait_for_somebody() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return held_ > 0; });
}

void Gate::open() {
  const std::lock_guard lock(mutex_);
  open_ = true;
  changed_.notify_all();
}

bool Gate::is_open() {
  const std::lock_guard lock(mutex_);
  return open_;
}

FakeIntel::FakeIntel(Style style, std::optional<ServerIdentity> tls)
    : style_(style),
      server_([this](Connection& to, const std::string& target) { answer(to, target); }, std::move(tls)) {}

Answer FakeIntel::proper_answer(const CollateralDocument& document) const {
  Answer answer;
  answer.body = document.body;
  const bool list = document.kind == CollateralKind::root_crl || document.kind == CollateralKind::pck_crl;
  if (style_ == Style::old_pccs && list) {
    const std::string hex = to_hex(document.body);
    answer.body.assign(hex.begin(), hex.end());
  }
  if (!document.issuer_chain.empty()) {
    answer.headers = std::string(header_name(document.kind)) + ": " + header_value(document.issuer_chain) + "\r\n";
  }
  return answer;
}

void FakeIntel::serve(const std::vector<CollateralDocument>& documents) {
  const std::lock_guard lock(mutex_);
  answers_.clear();
  tcb_infos_.clear();
  for (const CollateralDocument& document : documents) {
    answers_[document.kind] = proper_answer(document);
  }
}

void FakeIntel::serve_platform(const ByteArray<6>& fmspc, const std::vector<CollateralDocument>& documents) {
  const std::lock_guard lock(mutex_);
  for (const CollateralDocument& document : documents) {
    (document.kind == CollateralKind::tcb_info ? tcb_infos_[to_hex(fmspc)] : answers_[document.kind]) =
        proper_answer(document);
  }
}

void FakeIntel::change(CollateralKind kind, const std::function<void(Answer&)>& how) {
  const std::lock_guard lock(mutex_);
  how(answers_[kind]);
}

void FakeIntel::change_all(const std::function<void(Answer&)>& how) {
  const std::lock_guard lock(mutex_);
  for (auto& [kind, answer] : answers_) {
    how(answer);
  }
  for (auto& [fmspc, answer] : tcb_infos_) {
    how(answer);
  }
}

std::size_t FakeIntel::requests(CollateralKind kind) const {
  switch (kind) {
    case CollateralKind::tcb_info:
      return server_.requests("/tcb?");
    case CollateralKind::qe_identity:
      return server_.requests("/qe/identity");
    case CollateralKind::pck_crl:
      return server_.requests("/pckcrl?");
    case CollateralKind::root_crl:
      return server_.requests("/IntelSGXRootCA.der") + server_.requests("/rootcacrl");
    case CollateralKind::unknown:
    case CollateralKind::amd_chain:
    case CollateralKind::amd_crl:
    case CollateralKind::nitro_crl:
    case CollateralKind::rim:
    case CollateralKind::ocsp:
    case CollateralKind::jwks:
      return server_.requests();
  }
  return 0;
}

OnlineOptions FakeIntel::options() const {
  OnlineOptions out;
  out.timeout = std::chrono::milliseconds{2'000};
  out.clock = [] { return kNow; };
  if (style_ == Style::pcs) {
    out.base_urls = {{tee::CollateralService::intel_pcs, server_.url()},
                     {tee::CollateralService::intel_root_crl, server_.url() + "/IntelSGXRootCA.der"}};
  } else {
    out.base_urls = {{tee::CollateralService::intel_pccs, server_.url() + "/sgx/certification/v4/"}};
  }
  return out;
}

void FakeIntel::answer(Connection& to, const std::string& target) {
  Answer answer;
  {
    const std::lock_guard lock(mutex_);
    const auto known = answers_.find(kind_of(target));
    const std::size_t fmspc = target.find("fmspc=");
    const auto of_platform =
        fmspc == std::string::npos ? tcb_infos_.end() : tcb_infos_.find(target.substr(fmspc + 6, 12));
    if (of_platform != tcb_infos_.end()) {
      answer = of_platform->second;
    } else if (known == answers_.end()) {
      answer.status = "404 Not Found";
    } else {
      answer = known->second;
    }
  }
  if (answer.instead) {
    answer.instead(to);
    return;
  }
  to.send(http_answer(std::string_view(reinterpret_cast<const char*>(answer.body.data()), answer.body.size()),
                      answer.headers, answer.status));
}

namespace {

/// Hands on to a source that it does not keep alive.
class WeakSource final : public CollateralSource {
 public:
  explicit WeakSource(std::weak_ptr<CollateralSource> to) : to_(std::move(to)) {}
  Result<std::vector<CollateralDocumentPtr>> find(const CollateralRequest& request) override {
    return to_.lock()->find(request);
  }
  void accepted(const CollateralRequest& request, const CollateralDocument& document) override {
    to_.lock()->accepted(request, document);
  }
  std::span<const Bytes> loose_certificates() const override { return to_.lock()->loose_certificates(); }
  std::vector<Finding> warnings() const override { return to_.lock()->warnings(); }

 private:
  std::weak_ptr<CollateralSource> to_;
};

}  // namespace

std::shared_ptr<const AttestationVerifier> LastingVerifiers::of(
    const std::vector<std::shared_ptr<CollateralSource>>& sources) {
  const std::lock_guard lock(mutex_);
  for (const Entry& entry : entries_) {
    if (std::ranges::equal(entry.sources, sources,
                           [](const auto& weak, const auto& strong) { return weak.lock() == strong; })) {
      return entry.verifier;
    }
  }
  std::vector<std::shared_ptr<CollateralSource>> weak;
  for (const auto& source : sources) {
    weak.push_back(std::make_shared<WeakSource>(source));
  }
  entries_.push_back({{sources.begin(), sources.end()}, std::make_shared<AttestationVerifier>(std::move(weak))});
  return entries_.back().verifier;
}

CollateralRequest TestPlatform::request(CollateralKind kind) const {
  CollateralRequest out;
  out.kind = kind;
  out.platform = Platform::intel_tdx;
  out.fmspc = quote.pck.fmspc;
  out.ca = "platform";
  out.root = root;
  out.issuer = kind == CollateralKind::root_crl ? root : issuer;
  out.at_now = true;
  return out;
}

VerificationResult TestPlatform::judge(std::vector<std::shared_ptr<CollateralSource>> sources,
                                       std::optional<UtcTime> at, const simulated::QuoteSpec& spec) const {
  VerifyOptions options = VerifyOptions::unbound_replay_possible();
  options.replace_trust_anchors({root});
  if (at) {
    options.at(*at);
  }
  AttestationReport report;
  report.evidence = maker.quote(spec);
  return verifiers->of(sources)->verify(report, options);
}

}  // namespace tenzro::tee::test
