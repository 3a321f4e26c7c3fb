// SPDX-License-Identifier: Apache-2.0
// tpm2-tss's objects, each given back by its destructor.
#pragma once
#include <tss2/tss2_esys.h>

#include <memory>
#include <string>
#include <utility>

#include "device/system.hpp"
#include "tenzro/tee/result.hpp"

namespace tenzro::tee::tpm {

struct EsysFree {
  void operator()(void* memory) const noexcept { Esys_Free(memory); }
};
/// What Esys allocated.
template <class T>
using EsysMemory = std::unique_ptr<T, EsysFree>;

/// Hands a pointer's address to a C function, for the length of the call.
template <class T>
class Into {
 public:
  explicit Into(EsysMemory<T>& target) noexcept : target_(target) {}
  Into(const Into&) = delete;
  Into& operator=(const Into&) = delete;
  ~Into() { target_.reset(made_); }
  operator T**() noexcept { return &made_; }

 private:
  EsysMemory<T>& target_;
  T* made_ = nullptr;
};

/// A connection to one TPM. What was made in it must be gone before it is.
/// Threads: one thread at a time.
class Tpm {
 public:
  /// tcti: "device:/dev/tpmrm0". not_available, permission_denied, hardware_failure.
  static Result<Tpm> connect(device::System& machine, const std::string& tcti);
  ESYS_CONTEXT* get() const noexcept { return esys_.get(); }

 private:
  struct CloseTcti {
    void operator()(TSS2_TCTI_CONTEXT* tcti) const noexcept;
  };
  struct CloseEsys {
    void operator()(ESYS_CONTEXT* esys) const noexcept { Esys_Finalize(&esys); }
  };
  using Tcti = std::unique_ptr<TSS2_TCTI_CONTEXT, CloseTcti>;
  using Esys = std::unique_ptr<ESYS_CONTEXT, CloseEsys>;
  Tpm(Tcti tcti, Esys esys) noexcept : tcti_(std::move(tcti)), esys_(std::move(esys)) {}

  Tcti tcti_;
  Esys esys_;  // goes first
};

/// An object or session in the TPM, flushed at the end: a TPM without a resource manager would keep it for ever.
class Handle {
 public:
  enum class Kind : std::uint8_t { transient, persistent };  ///< persistent: stays in the TPM
  Handle(const Tpm& tpm, ESYS_TR handle, Kind kind) noexcept : esys_(tpm.get()), handle_(handle), kind_(kind) {}
  Handle(Handle&& other) noexcept
      : esys_(other.esys_), handle_(std::exchange(other.handle_, ESYS_TR_NONE)), kind_(other.kind_) {}
  Handle& operator=(Handle&&) = delete;
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  ~Handle();
  ESYS_TR get() const noexcept { return handle_; }

 private:
  ESYS_CONTEXT* esys_;
  ESYS_TR handle_;
  Kind kind_;
};

/// What a TPM of bare metal must not say of itself: that it is a program. not_available.
Result<void> demand_hardware(const Tpm& tpm);
/// "IBM", "MSFT": makers whose TPMs are programs, or cannot be told from them. maker: TPM2_PT_MANUFACTURER.
bool makes_programs(std::uint32_t maker) noexcept;

}  // namespace tenzro::tee::tpm
