#pragma once

#include <gluino/base/error.h>
#include <gluino/ops/control/contrib.h>
#include <gluino/ops/core/tracing_recorder.h>

#include <cstdint>
#include <optional>

/// Loops and branches as nodes of the graph that is being traced; the corner's own.
namespace gluino {

/// Nothing where the loop can be no node, and is unrolled.
std::optional<LoopStep<NDArray>> traced_foreach(TracingRecorder& tracer,
                                                const ForeachBody<NDArray>& body,
                                                const OneOrMore<NDArray>& data,
                                                const OneOrMore<NDArray>& states);
LoopStep<NDArray> traced_while_loop(TracingRecorder& tracer, const LoopCondition<NDArray>& cond,
                                    const LoopFunction<NDArray>& func,
                                    const OneOrMore<NDArray>& loop_vars,
                                    std::int64_t max_iterations);
OneOrMore<NDArray> traced_cond(TracingRecorder& tracer, const NDArray& pred,
                               const Branch<NDArray>& then_func, const Branch<NDArray>& else_func);

/// Throws Error unless a step of `loop` gives states as it got them.
void check_states(const char* loop, const OneOrMore<NDArray>& given,
                  const OneOrMore<NDArray>& before);

/// Throws Error where it is missing or negative.
std::int64_t max_iterations_of(const WhileLoopLimits& limits);

}  // namespace gluino
