#pragma once

#include <gluino/base/export.h>
#include <gluino/ops/core/invoke.h>

namespace gluino {

/// A recorder that hears of everything, also where autograd is told to pause: what makes a graph
/// must see all of it. autograd's scopes ask it for the recorder to put in their place.
class GLUINO_API TracingRecorder : public Recorder {
 public:
  /// The same one, where gradients are recorded or not.
  virtual TracingRecorder& while_recording(bool recording) = 0;
  /// Whether gradients are recorded where this one hears.
  virtual bool is_recording() const = 0;

  /// The one that hears of operators on this thread; null when there is none.
  static TracingRecorder* current() {
    return dynamic_cast<TracingRecorder*>(current_mode().recorder);
  }
};

}  // namespace gluino
