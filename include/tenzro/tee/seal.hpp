// SPDX-License-Identifier: Apache-2.0
// Sealing: data that only this TEE, or whoever its root lets, can open again. AES-256-GCM under keys that HKDF-SHA256
// derives from a secret root, never from measurements alone, which are public.
//
// Sealing protects confidentiality and integrity, not freshness: who owns the disk can put an older sealed file back.
// What is known about that is in SealOptions::min_generation. Of AWS KMS, a broker and a TPM it protects no origin
// either: whoever may use their key can make something that unseals here.
#pragma once
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <iosfwd>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "tenzro/tee/provider.hpp"

namespace tenzro::tee {

inline constexpr std::string_view kSealedMagic = "TZS1";  ///< how a container begins
inline constexpr std::size_t kMaxSealedHeader = 4096;
inline constexpr std::size_t kMaxRawPlaintext = std::size_t{64} << 20;
inline constexpr std::size_t kRawOverhead = 28;
inline constexpr std::size_t kMaxSealAssociatedData = 65535;

/// Names a key: 1 to 128 characters of [A-Za-z0-9._/-]. Two ids never share a key. Under one id, at most 2^32 small
/// messages may be sealed (NIST SP 800-38D, 8.3): then go on with the id and a suffix, ".2". Containers have no such
/// limit.
class SealKeyId {
 public:
  static Result<SealKeyId> parse(std::string_view id);  ///< invalid_argument
  const std::string& str() const noexcept { return id_; }

 private:
  explicit SealKeyId(std::string id) noexcept : id_(std::move(id)) {}
  std::string id_;
};

/// The roots that may be used and their parameters: the caller's, never a blob's.
struct SealingConfig {
  /// {"snp":{...},"kms":{...},"kbs":{...},"tpm":{...}}, as docs/sealing.md says; unknown and duplicate members are
  /// errors. invalid_argument names the member; malformed_input, with line and column, where it is no JSON.
  static Result<SealingConfig> from_json(std::string_view text);
  /// A whole configuration file: {"sealing":{...}} and nothing else.
  static Result<SealingConfig> from_file_text(std::string_view text);

  std::optional<SnpSealingEntry> snp{};
  std::optional<KmsSealingEntry> kms{};
  std::optional<KbsSealingEntry> kbs{};
  std::optional<TpmSealingEntry> tpm{};
};

enum class SealingSource : std::uint8_t { automatic = 0, snp, tpm, kms, kbs, simulated };
std::string_view to_string(SealingSource source) noexcept;          ///< "auto", "snp", ...
Result<SealingSource> parse_sealing_source(std::string_view name);  ///< invalid_argument
std::string_view to_string(SealScope scope) noexcept;               ///< "measurement", "signer"
Result<SealScope> parse_seal_scope(std::string_view name);          ///< invalid_argument

/// What AWS takes for a caller's identity. It authorises, it does not protect: that is the key policy's PCR condition.
struct AwsCredentials {
  std::string access_key_id{};
  SecretBytes secret_access_key{std::size_t{0}};
  std::string session_token{};  ///< empty: none
};

/// How AWS KMS and a broker are reached.
struct SealingNetwork {
  std::shared_ptr<const AwsCredentials> aws{};
  /// What is dialled in place of KMS: "https://host:port", "vsock://cid:port" or, by a simulated enclave only,
  /// "http://127.0.0.1:port". The name that TLS verifies and the request is signed for stays
  /// kms.<region>.amazonaws.com. Empty: that name, through the proxy if there is one.
  std::string kms_endpoint{};
  std::filesystem::path ca_file{};  ///< PEM, besides the system's: may vouch for KMS
  std::string proxy{};              ///< http:// or https:// URL; empty: none
  std::string no_proxy{};
};

/// Something outside the data that only counts up, so that older containers can be refused.
/// Threads: one thread at a time.
class GenerationCounter {
 public:
  virtual ~GenerationCounter() = default;
  GenerationCounter(const GenerationCounter&) = delete;
  GenerationCounter& operator=(const GenerationCounter&) = delete;
  virtual Result<std::uint64_t> read() = 0;
  /// Counts up by one, to this. invalid_argument when it stands anywhere but one below: somebody else counted.
  virtual Result<void> advance_to(std::uint64_t generation) = 0;

 protected:
  GenerationCounter() = default;
};
enum class MissingCounter : std::uint8_t {
  refuse,  ///< not_available; for whoever unseals: a counter made now would know of no generation
  make     ///< TPM2_NV_DefineSpace in the owner hierarchy, and a first count
};
/// The NV counter of entry.counter, written and read under the entry's PCRs. One counter counts one file: what is
/// sealed with it makes everything that was sealed with it before old.
/// not_available, permission_denied, hardware_failure: the TPM, or a build without tpm2-tss.
///
/// Use: generation = read() + 1; seal with it under another name, onto the disk; rename; advance_to(generation). To
/// unseal: min_generation = read(). A crash in between leaves a container that opens, never one that does not; and it
/// goes on opening, beside the next one, until that one's successor is counted. Whoever else might count must be kept
/// out meanwhile: read again before the renaming.
///
/// The value is the TPM's own count, never 0. A counter that was removed and made anew begins above every count that
/// its TPM ever had: generations do not come back. It is bound to the PCRs' values of when it was made, and read and
/// counted up in sessions that whoever alters what goes to and from the TPM cannot imitate; who does so from the start,
/// with a storage key of their own in place of the TPM's, can; and so can who puts another TPM in its place. tpm2-tss
/// writes to standard error what it meets, unless the program was started with TSS2_LOG=all+none.
Result<std::unique_ptr<GenerationCounter>> open_tpm_counter(const TpmSealingEntry& entry, MissingCounter missing,
                                                            const Patience& patience = {});

struct SealProgress {
  std::uint64_t done = 0;                ///< bytes of plaintext
  std::optional<std::uint64_t> total{};  ///< when it is known
};

struct SealOptions {
  SealScope scope = SealScope::measurement;
  SealingSource root = SealingSource::automatic;  ///< automatic never picks tpm, nor simulated where hardware shows
  bool measurement_covers_workload = false;       ///< measurement scope on SEV-SNP demands this here or in config
  ByteView associated_data{};        ///< authenticated, not stored; the same bytes are needed to unseal; at most 65535
  std::uint64_t generation = 0;      ///< containers: written into the header; 0 = unused
  std::uint64_t min_generation = 0;  ///< containers: an older one is refused
  std::optional<SealingConfig> config{};
  SealingNetwork network{};
  unsigned threads = 0;      ///< containers: that work at the same time; 0: half the processors, 2 to 8
  unsigned log2_chunk = 18;  ///< containers: 14 to 24
  std::function<void(const SealProgress&)> progress{};  ///< containers: now and then, on the caller's thread
  Patience patience{};  ///< with devices and services; a stop also ends the work on a container
};

/// The TEE here, where there is one: a TPM needs none.
class SealingPlace {
 public:
  SealingPlace(TeeProvider& tee) noexcept : tee_(&tee) {}
  static SealingPlace without_tee() noexcept { return {}; }
  TeeProvider* tee() const noexcept { return tee_; }

 private:
  SealingPlace() = default;
  TeeProvider* tee_ = nullptr;
};

// Errors of everything below. invalid_argument: options or configuration that do not fit the root, too much data.
// not_available: no sealing source here, with what could be one. permission_denied, hardware_failure, timed_out,
// cancelled, io_failure: device or service. authentication_failed: the parameter of the derivation that the header and
// the configuration do not agree on (nothing was asked then); or the one message for every wrong byte and key.
// malformed_input: no sealed data at all.

/// nonce(12) || ciphertext || tag(16), 28 bytes longer than plaintext, which has at most 64 MiB. Nothing is stored
/// beside: SEV-SNP derives at the configured min_tcb, which it requires, and KMS and TPM cannot be the root.
Result<Bytes> seal(const SealKeyId& key_id, ByteView plaintext, SealingPlace place, const SealOptions& options = {});
/// No plaintext is released before the tag was checked.
Result<SecretBytes> unseal(const SealKeyId& key_id, ByteView sealed, SealingPlace place,
                           const SealOptions& options = {});

/// The key of seal() and unseal(), held: a root is asked once, in making.
/// Threads: const members may be called from several threads at once.
class SealingKey {
 public:
  static Result<SealingKey> make(const SealKeyId& key_id, SealingPlace place, const SealOptions& options = {});
  SealingKey(SealingKey&&) noexcept;
  SealingKey& operator=(SealingKey&&) noexcept;
  ~SealingKey();

  Result<Bytes> seal(ByteView plaintext, ByteView associated_data = {}) const;
  /// Into the caller's memory, of exactly plaintext.size() + 28 bytes.
  Result<void> seal(ByteView plaintext, ByteView associated_data, std::span<std::uint8_t> out) const;
  Result<SecretBytes> unseal(ByteView sealed, ByteView associated_data = {}) const;

 private:
  struct Impl;
  explicit SealingKey(std::unique_ptr<Impl> impl) noexcept;
  std::unique_ptr<Impl> impl_;
};

/// Bytes one after another. May be called on any one thread at a time.
class SealInput {
 public:
  virtual ~SealInput() = default;
  SealInput(const SealInput&) = delete;
  SealInput& operator=(const SealInput&) = delete;
  /// At least one byte, up to into.size(); 0 at the end.
  virtual Result<std::size_t> read(std::span<std::uint8_t> into) = 0;
  /// How many there will be, when that is known before.
  virtual std::optional<std::uint64_t> size() const { return std::nullopt; }
  /// Called from another thread: nobody wants more, and a read that waits should return. What it returns then
  /// does not matter.
  virtual void give_up() noexcept {}

 protected:
  SealInput() = default;
};
class SealOutput {
 public:
  virtual ~SealOutput() = default;
  SealOutput(const SealOutput&) = delete;
  SealOutput& operator=(const SealOutput&) = delete;
  virtual Result<void> write(ByteView bytes) = 0;

 protected:
  SealOutput() = default;
};

/// A container ("TZS1", docs/sealing.md): any size, in constant memory, on several threads. Returns bytes of plaintext.
/// What was written must be discarded on error.
Result<std::uint64_t> seal_stream(const SealKeyId& key_id, SealInput& in, SealOutput& out, SealingPlace place,
                                  const SealOptions& options = {});
/// Each chunk is written once its tag was checked: on error, discard what was written (a missing end is one).
Result<std::uint64_t> unseal_stream(const SealKeyId& key_id, SealInput& in, SealOutput& out, SealingPlace place,
                                    const SealOptions& options = {});
/// Opens a container and seals it anew, under a new key and the parameters of now; no plaintext is written anywhere.
/// The generation stays unless options has one, which is not older.
Result<std::uint64_t> reseal_stream(const SealKeyId& key_id, SealInput& in, SealOutput& out, SealingPlace place,
                                    const SealOptions& options = {});

Result<std::uint64_t> seal_stream(const SealKeyId& key_id, std::istream& in, std::ostream& out, SealingPlace place,
                                  const SealOptions& options = {});
Result<std::uint64_t> unseal_stream(const SealKeyId& key_id, std::istream& in, std::ostream& out, SealingPlace place,
                                    const SealOptions& options = {});

/// A container whose plaintext is read here and there, for model weights.
/// Threads: const members may be called from several threads at once.
class SealedReader {
 public:
  /// container: whole, mapped for example; must outlive the reader. Its end is authenticated before this returns.
  static Result<SealedReader> open(const SealKeyId& key_id, ByteView container, SealingPlace place,
                                   const SealOptions& options = {});
  SealedReader(SealedReader&&) noexcept;
  SealedReader& operator=(SealedReader&&) noexcept;
  ~SealedReader();

  std::uint64_t size() const noexcept;  ///< of the plaintext, authenticated
  std::uint64_t generation() const noexcept;
  /// out.size() bytes from offset on. Only whole chunks are authentic, so what is read is rounded to chunks inside;
  /// out is wiped on error. invalid_argument beyond the end; authentication_failed.
  Result<void> read(std::uint64_t offset, std::span<std::uint8_t> out) const;

 private:
  struct Impl;
  explicit SealedReader(std::unique_ptr<Impl> impl) noexcept;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tenzro::tee
