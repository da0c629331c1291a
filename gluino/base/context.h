#pragma once

#include <gluino/base/export.h>

#include <cstdint>
#include <iosfwd>
#include <string>

namespace gluino {

/// Kinds of device, with MXNet's numbers (they stand in files).
enum class Device : std::int32_t { cpu = 1, gpu = 2 };

/// A place where arrays live. cpu(0) and cpu(1) are distinct places on the same processor, so that
/// data-parallel code runs and is tested without a second accelerator.
struct GLUINO_API Context {
  Device device = Device::cpu;
  std::int32_t id = 0;

  friend bool operator==(const Context&, const Context&) = default;

  /// "cpu(0)"; the inverse of Context::parse.
  std::string to_string() const;

  /// Reads "cpu", "cpu(1)", "gpu(0)". Throws Error on anything else.
  static Context parse(const std::string& text);
};

GLUINO_API std::ostream& operator<<(std::ostream& out, const Context& context);

inline Context cpu(int id = 0) { return {Device::cpu, id}; }
inline Context gpu(int id = 0) { return {Device::gpu, id}; }

/// The number of GPUs this build can compute on. With GLUINO_EMULATE_GPUS=N in the environment, N:
/// the processor then does what programs ask of gpu(0) to gpu(N - 1), each a place of its own.
GLUINO_API int num_gpus();
/// Whether they are emulated.
GLUINO_API bool emulates_gpus();

/// The context of arrays created without one: cpu(0), unless a ContextScope says otherwise.
GLUINO_API Context current_context();

/// Throws Error, saying what is there instead, when this machine or build has no such device.
GLUINO_API void check_available(const Context& context);

}  // namespace gluino
