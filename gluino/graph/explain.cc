#include <gluino/base/error.h>
#include <gluino/graph/explain.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <vector>

namespace gluino::graph {
namespace {

const char* kind_of(Step::Kind kind) {
  switch (kind) {
    case Step::Kind::forward:
      return "forward";
    case Step::Kind::gradient:
      return "gradient";
    case Step::Kind::view:
      return "view";
    case Step::Kind::copy:
      return "copy";
    case Step::Kind::zero:
      return "zero";
    case Step::Kind::add:
      return "add";
  }
  return "";
}

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

const Slot* first_result(const Plan& plan, const Step& step) {
  const SlotRange& range = step.in_grad.count > 0 ? step.in_grad : step.out;
  for (int i = 0; i < range.count; ++i) {
    const Slot& slot = plan.slots[static_cast<std::size_t>(range.begin + i)];
    if (slot.buffer >= 0) return &slot;
  }
  return nullptr;
}

// "in place", "at 1 234 KiB", "given": where the result of a step stands.
std::string place_of(const Plan& plan, const Step& step) {
  const Slot* slot = first_result(plan, step);
  if (slot == nullptr) return "";
  const Buffer& buffer = plan.buffers[static_cast<std::size_t>(slot->buffer)];
  if (buffer.external >= 0) return "given array";
  const SlotRange& sources = step.kind == Step::Kind::gradient ? step.out_grad : step.in;
  for (int i = 0; i < sources.count; ++i) {
    const Slot& source = plan.slots[static_cast<std::size_t>(sources.begin + i)];
    if (source.buffer < 0) continue;
    const Buffer& from = plan.buffers[static_cast<std::size_t>(source.buffer)];
    if (from.external < 0 && from.offset == buffer.offset && step.kind != Step::Kind::view) {
      return "in place";
    }
  }
  return str("at ", buffer.offset / 1024, " KiB");
}

std::string padded(const std::string& text, std::size_t width, bool right = false) {
  const std::size_t missing = width > text.size() ? width - text.size() : 0;
  return right ? std::string(missing, ' ') + text : text + std::string(missing, ' ');
}

std::string row(const std::vector<std::string>& cells, const std::vector<std::size_t>& widths) {
  std::string text;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    text += padded(cells[i], widths[i], i >= 5) + (i + 1 < cells.size() ? "  " : "\n");
  }
  return text;
}

std::string number(double value, const char* format) {
  char text[32];
  std::snprintf(text, sizeof text, format, value);
  return text;
}

using Rows = std::vector<std::vector<std::string>>;

void add_rows(const Plan& plan, const std::vector<Step>& steps,
              const std::vector<std::vector<double>>& times, double total, Rows& rows) {
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const Step& step = steps[i];
    const Slot* result = first_result(plan, step);
    const double seconds = median(times[i]);
    rows.push_back({kind_of(step.kind), step.node == nullptr ? "" : step.node->name,
                    step.node == nullptr ? "" : step.node->op->name,
                    result == nullptr ? "" : result->shape.to_string(), place_of(plan, step),
                    number(seconds * 1e6, "%.0f"), number(100 * seconds / total, "%.1f")});
  }
}

}  // namespace

std::string explain(GraphRun& run, bool training, int runs) {
  check(runs > 0, "explain: runs: expected at least 1, got ", runs);
  const Plan& plan = run.plan();
  const bool with_gradient = training && plan.has_gradient();
  std::vector<std::vector<double>> forward(plan.forward.size()), backward(plan.backward.size());
  for (int i = 0; i < runs; ++i) {
    run.forward_timed(training, forward);
    if (with_gradient) run.backward_timed(backward);
  }
  double total = 0;
  for (const auto& times : forward) total += median(times);
  if (with_gradient) {
    for (const auto& times : backward) total += median(times);
  }
  Rows rows = {{"step", "nodes", "operator", "result", "memory", "us", "%"}};
  add_rows(plan, plan.forward, forward, total, rows);
  if (with_gradient) add_rows(plan, plan.backward, backward, total, rows);
  std::vector<std::size_t> widths(rows[0].size(), 0);
  for (const auto& cells : rows) {
    for (std::size_t i = 0; i < cells.size(); ++i) widths[i] = std::max(widths[i], cells[i].size());
  }
  std::string text;
  for (const auto& cells : rows) text += row(cells, widths);
  text += str("All steps: ", number(total * 1e6, "%.0f"),
              " us. Memory: ", plan.memory.planned_bytes / 1024, " KiB planned, ",
              plan.memory.naive_bytes / 1024, " KiB if every result had its own.\n");
  return text;
}

}  // namespace gluino::graph
