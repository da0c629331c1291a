#include "recorded.h"

#include <gluino/base/error.h>
#include <gluino/ops/core/invoke.h>
#include <gluino/ops/movement/copy.h>

namespace gluino::python {

bool is_recorded_value(const NDArray& value) {
  const Recorder* const recorder = current_mode().recorder;
  return recorder != nullptr && recorder->remembers(value);
}

void assign_recorded(const NDArray& array, const NDArray& value) {
  if (ops::assign_recorded(array, value)) return;
  refuse_in_place(
      "the value has a gradient, which goes only into the whole of an array of its shape, type and "
      "context whose memory no other shares");
}

void refuse_in_place(const char* why) {
  fail("Inplace operations (+=, -=, x[:]=, etc) are not supported when recording with autograd: ",
       why);
}

}  // namespace gluino::python
