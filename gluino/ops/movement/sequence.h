#pragma once

#include <gluino/ops/core/invoke.h>

namespace gluino {

struct SequenceOptions {
  /// Sequences have the lengths that the second input holds, and not all the axis' size.
  bool use_sequence_length = false;
  /// The axis of time, 0 or 1; the other of the two counts the sequences.
  std::int64_t axis = 0;
};

struct SequenceMaskOptions {
  bool use_sequence_length = false;
  /// What stands behind a sequence's end.
  double value = 0;
  std::int64_t axis = 0;
};

namespace ops {

#define GLUINO_SEQUENCE(function, Options)                                                        \
  template <Operand A>                                                                            \
  A function(const A& data, const A& sequence_length, Options options = {}, NodeName name = {}) { \
    static const Op& op = Op::get<Options>(#function);                                            \
    options.use_sequence_length = true;                                                           \
    return call(op, options, {data, sequence_length}, name);                                      \
  }                                                                                               \
  template <Operand A>                                                                            \
  A function(const A& data, const Options& options = {}, NodeName name = {}) {                    \
    static const Op& op = Op::get<Options>(#function);                                            \
    return call(op, options, {data}, name);                                                       \
  }

/// Sequences (time, batch, ...) with `value` behind their ends.
GLUINO_SEQUENCE(SequenceMask, SequenceMaskOptions)
/// The last element of each sequence: (batch, ...).
GLUINO_SEQUENCE(SequenceLast, SequenceOptions)
/// Sequences backwards; what lies behind their ends stays.
GLUINO_SEQUENCE(SequenceReverse, SequenceOptions)
#undef GLUINO_SEQUENCE

}  // namespace ops
}  // namespace gluino
