#include "programs/shrink.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "programs/analysis.h"

namespace gluino::programs {
namespace {

// The first words of a difference, without numbers: a smaller program has to differ in the same
// way, not fail anyhow.
std::string kind_of(const std::string& difference) {
  if (difference.find("throws") == std::string::npos) return difference.empty() ? "" : "numbers";
  std::string words = difference;
  std::erase_if(words, [](char c) { return c >= '0' && c <= '9'; });
  return words.substr(0, words.find("throws") + 40);
}

class Shrinker {
 public:
  Shrinker(const Program& program, const Trial& trial, int max_runs)
      : best_(program), trial_(trial), runs_left_(max_runs) {
    kind_ = kind_of(difference(program, trial));
  }

  Program shrink() {
    if (kind_.empty()) return best_;
    bool smaller = true;
    while (smaller && runs_left_ > 0) {
      smaller = drop_steps() || drop_heads() || drop_nodes() || drop_inputs() || simplify_nodes() ||
                simplify_steps();
    }
    return best_;
  }

 private:
  bool accept(const Program& candidate) {
    if (runs_left_-- <= 0) return false;
    if (candidate.heads.empty() || candidate.script.empty()) return false;
    if (kind_of(difference(candidate, trial_)) != kind_) return false;
    best_ = candidate;
    return true;
  }

  bool changed(const std::function<void(Program&)>& change) {
    Program candidate = best_;
    change(candidate);
    return accept(candidate);
  }

  bool drop_steps() {
    for (std::size_t s = 0; best_.script.size() > 1 && s < best_.script.size(); ++s) {
      if (changed([&](Program& p) {
            p.script.erase(p.script.begin() + static_cast<std::ptrdiff_t>(s));
          })) {
        return true;
      }
    }
    return false;
  }

  bool drop_heads() {
    for (std::size_t h = 0; best_.heads.size() > 1 && h < best_.heads.size(); ++h) {
      Program candidate = best_;
      candidate.heads.erase(candidate.heads.begin() + static_cast<std::ptrdiff_t>(h));
      if (accept(candidate)) return true;
    }
    const Program alive = without_dead_nodes(best_);
    return alive.size() < best_.size() && accept(alive);
  }

  // A node's users, and the heads, read one of its inputs instead, or a new parameter of its shape.
  bool drop_nodes() {
    const auto shapes = shapes_of(best_);
    auto alive = alive_nodes(best_);
    for (const int i : nodes_of(best_, Kind::assign)) alive[static_cast<std::size_t>(i)] = false;
    for (int i = best_.size(); i-- > 0;) {
      if (!alive[static_cast<std::size_t>(i)] && drop_dead_node(i)) return true;
      const Node& node = best_.nodes[static_cast<std::size_t>(i)];
      if (is_variable(node.kind) || node.kind == Kind::assign) continue;
      for (const Value& input : node.inputs) {
        if (accept(without_dead_nodes(replaced(best_, i, input)))) return true;
      }
      if (shapes.empty() || shapes[static_cast<std::size_t>(i)].size() != 1) continue;
      Program candidate = best_;
      const Shape& shape = shapes[static_cast<std::size_t>(i)][0];
      Node& there = candidate.nodes[static_cast<std::size_t>(i)];
      there = Node{.kind = Kind::parameter, .shape = shape, .variable = {.seed = i}};
      const auto is_it = [&](const Value& head) { return head.node == i; };
      std::erase_if(candidate.heads, is_it);
      if (accept(without_dead_nodes(candidate))) return true;
    }
    return false;
  }

  // Where dead nodes matter, one after the other.
  bool drop_dead_node(int i) {
    std::vector<bool> kept(best_.nodes.size(), true);
    kept[static_cast<std::size_t>(i)] = false;
    const auto reads = [&](const std::vector<Value>& values) {
      return std::any_of(values.begin(), values.end(), [&](Value v) { return v.node == i; });
    };
    if (reads(best_.heads)) return false;
    for (const Node& node : best_.nodes) {
      if (reads(node.inputs)) return false;
    }
    return accept(with_nodes(best_, kept));
  }

  // Two variables become one.
  bool drop_inputs() {
    for (int i = 0; i < best_.size(); ++i) {
      for (int k = 0; k < i; ++k) {
        const Node& a = best_.nodes[static_cast<std::size_t>(i)];
        const Node& b = best_.nodes[static_cast<std::size_t>(k)];
        if (a.kind != b.kind || !is_variable(a.kind) || a.shape != b.shape ||
            a.variable.fill.kind != b.variable.fill.kind || a.kind == Kind::state) {
          continue;
        }
        if (accept(without_dead_nodes(replaced(best_, i, {k, 0})))) return true;
      }
    }
    return false;
  }

  static std::vector<std::vector<Shape>> shapes_of(const Program& program) {
    try {
      std::vector<NDArray> variables(program.nodes.size());
      for (int i = 0; i < program.size(); ++i) {
        if (is_variable(program.nodes[static_cast<std::size_t>(i)].kind)) {
          variables[static_cast<std::size_t>(i)] = draw(program, i);
        }
      }
      std::vector<std::vector<Shape>> shapes;
      for (const auto& outputs : replay(program, variables)) {
        auto& row = shapes.emplace_back();
        for (const NDArray& output : outputs) row.push_back(output.shape());
      }
      return shapes;
    } catch (const Error&) {
      return {};
    }
  }

  static Program replaced(const Program& program, int node, Value by) {
    Program result = program;
    for (Node& other : result.nodes) {
      for (Value& input : other.inputs) {
        if (input.node == node) input = by;
      }
    }
    for (Value& head : result.heads) {
      if (head.node == node) head = by;
    }
    return result;
  }

  bool simplify_nodes() {
    for (std::size_t i = 0; i < best_.nodes.size(); ++i) {
      const Node node = best_.nodes[i];
      const auto& options = node.variable;
      if (!node.modes.empty() && changed([&](Program& p) { p.nodes[i].modes.pop_back(); })) {
        return true;
      }
      if (options.req == GradReq::add &&
          changed([&](Program& p) { p.nodes[i].variable.req = GradReq::write; })) {
        return true;
      }
      if (node.kind == Kind::call && drop_option(i)) return true;
      if ((node.kind == Kind::data || node.kind == Kind::parameter) && shrink_axis(i)) return true;
      if (node.kind == Kind::data &&
          changed([&](Program& p) { p.nodes[i].kind = Kind::parameter; })) {
        return true;
      }
    }
    return false;
  }

  bool drop_option(std::size_t i) {
    const Node& node = best_.nodes[i];
    const Attributes attributes = node.op->format_options(node.options.get());
    for (const auto& [key, value] : attributes) {
      Attributes fewer = attributes;
      fewer.erase(key);
      try {
        auto options = node.op->parse_options(fewer);
        if (changed([&](Program& p) { p.nodes[i].options = options; })) return true;
      } catch (const Error&) {
        continue;
      }
    }
    return false;
  }

  bool shrink_axis(std::size_t i) {
    const Shape shape = best_.nodes[i].shape;
    for (int axis = 0; axis < shape.ndim(); ++axis) {
      if (shape[axis] <= 1) continue;
      // Others of the same size change with it, or only this one.
      const auto all = [&](Program& p) {
        for (Node& node : p.nodes) {
          if (node.kind != Kind::data && node.kind != Kind::parameter) continue;
          for (auto& size : node.shape) size = size == shape[axis] ? size - 1 : size;
        }
      };
      if (changed(all)) return true;
      if (changed([&](Program& p) { --p.nodes[i].shape[axis]; })) return true;
    }
    return false;
  }

  bool simplify_steps() {
    for (std::size_t s = 0; s < best_.script.size(); ++s) {
      const Step step = best_.script[s];
      const auto with = [&](auto change) {
        return changed([&](Program& p) { change(p.script[s]); });
      };
      if (step.rows != 0 && with([](Step& to) { to.rows = 0; })) return true;
      if (step.backwards > 0 && with([](Step& to) { --to.backwards; })) return true;
      if (step.heads_given && with([](Step& to) { to.heads_given = false; })) return true;
      if (step.one_array && with([](Step& to) { to.one_array = false; })) return true;
      if (step.learning_rate != 0 && with([](Step& to) { to.learning_rate = 0; })) return true;
      if (step.tuned >= 0 && with([](Step& to) { to.tuned = -1; })) return true;
      if (step.grad_req && with([](Step& to) { to.grad_req.reset(); })) return true;
      if (step.bfloat16_products && with([](Step& to) { to.bfloat16_products = false; }))
        return true;
      if (step.draw != 0 && with([](Step& to) { to.draw = 0; })) return true;
    }
    return false;
  }

  Program best_;
  Trial trial_;
  int runs_left_;
  std::string kind_;
};

}  // namespace

Program shrink(const Program& program, const Trial& trial, int max_runs) {
  return Shrinker(program, trial, max_runs).shrink();
}

}  // namespace gluino::programs
