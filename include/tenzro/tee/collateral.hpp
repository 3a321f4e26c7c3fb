// SPDX-License-Identifier: Apache-2.0
// Where vendor collateral comes from: TCB info, identities, certificates, revocation lists, OCSP responses, reference
// manifests and the keys of NVIDIA's attestation service.
#pragma once
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tenzro/tee/bytes.hpp"
#include "tenzro/tee/finding.hpp"
#include "tenzro/tee/platform.hpp"

namespace tenzro::tee {

/// The kinds of document that a verifier asks for.
enum class CollateralKind : std::uint8_t {
  unknown = 0,
  tcb_info,     ///< Intel TCB info v3: {"tcbInfo":{...},"signature":"..."}
  qe_identity,  ///< Intel enclave identity v2: {"enclaveIdentity":{...},"signature":"..."}
  root_crl,     ///< Intel SGX Root CA's revocation list, DER
  pck_crl,      ///< revocation list of the CA that issued the PCK certificate, DER
  amd_chain,    ///< AMD: a VCEK or VLEK certificate, DER; its issuer chain is ASK or ASVK, and ARK
  amd_crl,      ///< AMD: a revocation list of an ARK, DER
  nitro_crl,    ///< AWS: a revocation list of a Nitro CA, its root's among them, DER
  rim,          ///< NVIDIA: a reference integrity manifest, signed XML
  ocsp,         ///< an OCSP response, DER
  jwks          ///< NVIDIA: the keys that its remote attestation service signs tokens with, a JSON Web Key Set
};
/// "tcb_info", "qe_identity", "root_crl", "pck_crl", "amd_chain", "amd_crl", "nitro_crl", "rim", "ocsp", "jwks";
/// "unknown" for unknown.
std::string_view to_string(CollateralKind kind) noexcept;

/// Which document is wanted. It is a hint for sources that must ask a service; a source may return more than fits.
struct CollateralRequest {
  CollateralKind kind = CollateralKind::unknown;
  Platform platform = Platform::unknown;  ///< intel_tdx or intel_sgx: the flavour of TCB info and QE identity
  ByteArray<6> fmspc{};                   ///< tcb_info only
  std::string ca;                         ///< pck_crl only: "platform" or "processor"
  std::string product{};    ///< amd_chain, amd_crl: "Milan", "Genoa" or "Turin"; empty where the report does not say
  bool vlek = false;        ///< amd_chain, amd_crl: the VLEK's path, not the VCEK's; AMD keeps one list for each
  ByteArray<64> chip_id{};  ///< amd_chain only: CHIP_ID, as in the report
  ByteArray<8> tcb{};       ///< amd_chain only: REPORTED_TCB, as in the report
  std::string rim_id{};     ///< rim only: "NV_GPU_DRIVER_GH100_550.90.07"; letters, digits, '_', '.' and '-'
  std::string key_id{};     ///< jwks only: of the key that is wanted

  /// The root that the evidence's chain ended in, DER: what documents of services are remembered by. Valid during the
  /// call only, as the next one.
  ByteView root{};
  ByteView issuer{};       ///< revocation lists: the certificate whose list is wanted, DER; ocsp: certificate's issuer
  ByteView certificate{};  ///< ocsp only: the certificate whose status is wanted, DER
  bool simulated = false;  ///< that root is a simulated one: no service is asked
  bool at_now = false;     ///< judged at the present time: what is found may be taken from, and become, a memory
};

/// One document as it was received. Nothing in it is trusted: the verifier checks signature, dates and fit.
struct CollateralDocument {
  CollateralKind kind = CollateralKind::unknown;
  Bytes body;                       ///< the exact bytes, in the form that its kind names
  std::vector<Bytes> issuer_chain;  ///< DER, signer first, root optional; may be empty
  bool from_bundle = false;         ///< from a tenzro-collateral/1 bundle, which anybody may have made
  bool from_dcap_json = false;      ///< a member of a DCAP collateral JSON: documents given by themselves replace it
  std::string source;               ///< file name or URL, for messages
  std::optional<Finding> remark{};  ///< what a caller who relies on it should know; becomes a warning
};

/// What NVIDIA's remote attestation service is asked about: it has one door for each.
enum class RemoteDevices : std::uint8_t { gpus = 0, switches };
/// One question to it.
struct AppraisalRequest {
  RemoteDevices devices = RemoteDevices::gpus;
  unsigned version = 4;                 ///< of the service's interface: 4 or 3
  std::string_view body{};              ///< JSON
  bool allow_certificate_hold = false;  ///< manifests whose signer is withdrawn for a while may pass
};

/// Shared by every judgement that uses it; nobody changes it any more.
using CollateralDocumentPtr = std::shared_ptr<const CollateralDocument>;

/// Where documents come from. A source offers candidates; the verifier alone decides which of them fits and is good.
/// Threads: all members may be called from several threads at once.
class CollateralSource {
 public:
  virtual ~CollateralSource() = default;
  /// Every document of the wanted kind that this source has, in no particular order, none of them null; empty when it
  /// has none. A source that keeps documents hands out the same objects each time: that costs nothing.
  /// For a kind that it does not know, a source has nothing: a failure of any other code is one of the evidence, too.
  /// collateral_unreachable when a service did not answer, malformed_input when it answered something else,
  /// collateral_rolled_back when it answered with less than it had before, collateral_missing when it has none and says
  /// so.
  virtual Result<std::vector<CollateralDocumentPtr>> find(const CollateralRequest& request) = 0;
  /// Tells the source that a document which it returned for this request was judged good in every respect, now.
  virtual void accepted(const CollateralRequest& /*request*/, const CollateralDocument& /*document*/) {}
  /// Has NVIDIA's remote attestation service judge devices. The answer as it came: nothing in it is trusted.
  /// collateral_missing when this source does not ask that service, as the default; unsupported when the service does
  /// not have this version of its interface; otherwise as find().
  virtual Result<Bytes> appraise_remotely(const AppraisalRequest& /*request*/) {
    return Error(ErrorCode::collateral_missing, "no source asks NVIDIA's remote attestation service");
  }
  /// Who signs the answers of the service that appraise_remotely asks; empty when this source asks none.
  virtual std::string token_issuer() const { return {}; }
  /// DER certificates, any of which may have signed a document that has no issuer chain of its own. They live as long
  /// as the source.
  virtual std::span<const Bytes> loose_certificates() const { return {}; }
  /// What the caller should know of this source (files that were skipped); copied into every verdict's warnings.
  virtual std::vector<Finding> warnings() const { return {}; }

 protected:
  CollateralSource() = default;
  CollateralSource(const CollateralSource&) = default;
  CollateralSource& operator=(const CollateralSource&) = default;
};

/// The largest document that is read, in bytes, and the largest file, which may hold several.
inline constexpr std::size_t kMaxCollateralDocument = std::size_t{4} << 20;
inline constexpr std::size_t kMaxCollateralFile = std::size_t{8} << 20;

/// Files, and folders of files (not recursive), read at once and kept apart per document. Recognised by content: the
/// DCAP collateral JSON, bare PCS documents, issuer chains (PEM, or percent-encoded as in a PCS header), our own
/// "tenzro-collateral/1" bundle, key sets (JWKS), PEM or DER certificates, CRLs and OCSP responses (the latter two also
/// as hex or base64), NVIDIA's reference manifests (XML, base64 of it, or the answer of the RIM service). AMD's lists
/// for VCEK and VLEK look alike: one whose file name has "vlek" in it, or whose path or source the folders "vlek/v1/",
/// is taken for the VLEK's. AWS's lists for Nitro are told by their issuers, whose names end in ".nitro-enclaves". A
/// named file that is unreadable, broken or of no known form: malformed_input or io_failure. In a folder what is
/// broken, of no known form or no file is skipped with the warning collateral_ignored; a file that cannot be read is
/// io_failure there too, since it may be the list that revokes.
Result<std::shared_ptr<CollateralSource>> offline_collateral(
    const std::vector<std::filesystem::path>& files_or_folders);
/// A source that has nothing: what evidence encloses must suffice.
std::shared_ptr<CollateralSource> no_collateral();

/// The services that online collateral can come from.
enum class CollateralService : std::uint8_t {
  intel_pcs,       ///< https://api.trustedservices.intel.com
  intel_root_crl,  ///< the whole URL of the root CA's list: https://certificates.trustedservices.intel.com/...
  intel_pccs,      ///< a cache of one's own, asked for everything in place of the other two; none by default
  amd_kds,         ///< https://kdsintf.amd.com
  nvidia_rim,      ///< https://rim.attestation.nvidia.com
  nvidia_ocsp,     ///< https://ocsp.ndis.nvidia.com
  nvidia_nras      ///< https://nras.attestation.nvidia.com
};

/// Which TCB info and identities Intel serves in the weeks after a TCB recovery: the set before it, or the newest.
enum class TcbUpdate : std::uint8_t { standard = 0, early };
Result<TcbUpdate> parse_tcb_update(std::string_view name);  ///< "standard" or "early"; else invalid_argument

/// When a remembered document that should be asked for again, but is still current, is asked for.
enum class CollateralRefresh : std::uint8_t {
  /// By a thread of the source, while callers are served the remembered one: no verification of a platform whose
  /// collateral is current waits for a service, however slow that is. The newer document takes effect with the first
  /// verification after it came; so the first one after a pause rests on what was remembered before it.
  in_background = 0,
  /// By the thread that asks, within two seconds: for programs that end after a few verifications, and for those that
  /// verify so rarely that the newest is worth the wait.
  before_answering
};

/// What a responder's fresh answer must say of the nonce that it was asked with. Another nonce is refused by the first
/// two. An answer from a cache, a file or a bundle was not asked for now: its dates alone decide.
enum class OcspNonce : std::uint8_t {
  require = 0,  ///< the answer bears it
  prefer,       ///< or bears none, as answers of caches in NVIDIA's place may
  off           ///< none is sent
};

/// How to ask Intel's, AMD's and NVIDIA's services.
struct OnlineOptions {
  std::filesystem::path cache_dir{};          ///< empty: memory only
  std::chrono::milliseconds timeout{10'000};  ///< for one document, repetitions included; 1 ms to 10 minutes
  /// Other places than the vendors' own: https, or plain http for this machine. A PCCS may be written with or without
  /// "/sgx/certification/v4".
  std::vector<std::pair<CollateralService, std::string>> base_urls{};
  TcbUpdate tcb_update = TcbUpdate::standard;
  std::filesystem::path ca_file{};       ///< extra PEM authorities for mirrors; guards the transport, never a verdict
  std::string proxy{};                   ///< http or https URL of a proxy; empty: none, whatever the environment says
  std::string no_proxy{};                ///< hosts that are asked directly, separated by commas
  std::chrono::hours refresh_after{24};  ///< a remembered document is asked for again when it is older; 1 hour or more
  CollateralRefresh refresh = CollateralRefresh::in_background;
  OcspNonce ocsp_nonce = OcspNonce::require;
  /// For NVIDIA's three services, which want one of some customers: printable ASCII. Told to them alone, and never
  /// written anywhere.
  std::string nvidia_service_key{};
  /// Empty: the system's. May be called from several threads at once, the source's own among them, must not use the
  /// source, and must live as long as it.
  std::function<UtcTime()> clock{};
};

/// Intel's, AMD's and NVIDIA's collateral over the network (AWS's lists for Nitro are not asked for), remembered in
/// memory and, with a cache_dir, across processes. Only documents that a verifier judged good, at the present time, are
/// remembered, by service and root; a remembered one is served while it is current, also when the service is down, and
/// one with a lower evaluation or CRL number than the remembered one is refused (collateral_rolled_back). It is asked
/// for again when it is refresh_after old, a day before it expires, or when its other half (TCB info and QE identity
/// belong together) has a newer evaluation number; a newer half waits for the other while the old ones are current. A
/// VCEK certificate is asked for by product, chip and TCB, and only when it is about to expire asked for again; a VLEK
/// certificate is in no service. NVIDIA's manifests are asked for again after a day, OCSP responses (for which the
/// certificate's serial number and hashes of its issuer are sent) in the last quarter of their lives; the keys of its
/// attestation service are not signed, so they are kept in memory for an hour at most, and asked for once more, though
/// not twice a minute, when a key is wanted that is not among them. What that service says of devices
/// (appraise_remotely) is never remembered. A service that is asked too much (429) of one kind of documents is left
/// alone with these for 5 seconds, twice as long each further time, up to 5 minutes. Requests with at_now false bypass
/// this memory both ways. Each document is asked for once, however many threads want it. No URL comes from anywhere but
/// these options. A cache_dir that cannot be used is a warning (collateral_cache_unusable). Its files are trusted no
/// more than the network: a file that is damaged, or whose signature does not hold, is not looked at again.
///
/// Threads: as every source. It is served from memory without waiting for network, disk or other documents. The first
/// refresh in the background starts one thread, to which no signals are delivered. Destroying the source ends that
/// thread and what it asks for within milliseconds; nothing else may be using the source then.
///
/// invalid_argument: a URL or number out of range. io_failure, malformed_input: ca_file.
Result<std::shared_ptr<CollateralSource>> online_collateral(const OnlineOptions& options = {});

/// Whether a vendor's service answers.
struct ServiceProbe {
  CollateralService service{};
  std::string url{};
  bool reachable = false;  ///< something there speaks HTTP, whatever it says
  std::string detail{};    ///< why not; empty when reachable
};
/// "intel-pcs", "intel-root-crl", "intel-pccs", "amd-kds", "nvidia-rim", "nvidia-ocsp", "nvidia-nras"
std::string_view to_string(CollateralService service) noexcept;

/// Asks each service that these options lead to once, all at the same time, within options.timeout. Tells them nothing
/// but that somebody asks. Errors as online_collateral.
Result<std::vector<ServiceProbe>> probe_services(const OnlineOptions& options = {});

}  // namespace tenzro::tee
