#include <gluino/ndarray/creation.h>
#include <gluino/onnx/translation/export_graph.h>
#include <gluino/onnx/translation/translations.h>
#include <gluino/ops/control/control_flow.h>

#include <algorithm>

// Loops of ours as Scan and Loop; how those are read stands in loops.cc.
namespace gluino::onnx {
namespace {

using Value = ExportNode::Value;
using Values = std::vector<Value>;

std::size_t at(int i) { return static_cast<std::size_t>(i); }

Value named(Value like, const std::string& name) {
  like.name = name;
  like.array = nullptr;
  return like;
}

// One step's part of all steps' data, as ONNX has it.
Value without_steps(Value data) {
  for (Shape* shape : {&data.shape, &data.choices[0], &data.choices[1]}) {
    if (shape->ndim_known()) shape->erase(0);
  }
  return data;
}

// ONNX gives the states first, ours last.
void give_outputs(ExportNode& e, const Names& outputs, int num_given) {
  const int num_states = static_cast<int>(outputs.size()) - num_given;
  for (int i = 0; i < num_given; ++i) e.give(outputs[at(num_states + i)], i);
  for (int i = 0; i < num_states; ++i) e.give(outputs[at(i)], num_given + i);
}

void write_foreach(ExportNode& e, const ForeachOptions& o) {
  const int num_data = static_cast<int>(o.in_data_locs.size());
  const int num_states = static_cast<int>(o.in_state_locs.size());
  ExportGraph body(e);
  Values inputs(o.in_data_locs.size() + o.in_state_locs.size() + o.remain_locs.size());
  Names given;
  for (int i = 0; i < num_states; ++i) {
    const Value& first = e.value(num_data + i);
    given.push_back(first.name);
    inputs.at(at(o.in_state_locs.at[at(i)])) = body.take("state", first);
  }
  for (int i = 0; i < num_data; ++i) {
    const Value& data = e.value(i);
    given.push_back(data.name);
    Value slice = body.take("slice", without_steps(data));
    if (slice.shape.ndim() == 0) {
      // Of one axis ours leave (1,) of a step.
      slice = named(slice, body.node().unsqueeze(slice.name, {0}));
      slice.shape = slice.choices[0] = slice.choices[1] = {1};
    }
    inputs.at(at(o.in_data_locs.at[at(i)])) = slice;
  }
  for (std::size_t i = 0; i < o.remain_locs.size(); ++i) {
    inputs.at(at(o.remain_locs.at[i])) = e.value(num_data + num_states + static_cast<int>(i));
  }
  const Values outputs = body.node().write(*o.subgraphs->graphs().at(0), inputs);
  for (int i = 0; i < num_states; ++i) body.give(outputs.at(at(o.num_out_data + i)));
  for (int i = 0; i < o.num_out_data; ++i) body.give(outputs.at(at(i)));
  give_outputs(e,
               e.add_many("Scan", given,
                          {{"body", body.done()}, {"num_scan_inputs", std::int64_t{num_data}}},
                          o.num_outputs),
               o.num_out_data);
}

// The condition and the body of a loop, for the variables as they are at a step.
class WhileLoop {
 public:
  explicit WhileLoop(const WhileLoopOptions& o) : o_(o) {
    for (const int place : o.func_var_locs.at) first_.push_back(o.func_input_locs.at.at(at(place)));
  }

  const std::vector<int>& first() const { return first_; }
  /// The first values.
  Values begin(const ExportNode& e) const { return e.values(first_); }

  /// One truth value.
  Value holds(ExportNode& e, const Values& variables) const {
    Values inputs;
    for (const int input : o_.cond_input_locs.at) {
      const auto found = std::find(first_.begin(), first_.end(), input);
      inputs.push_back(found == first_.end()
                           ? e.value(input)
                           : variables.at(at(static_cast<int>(found - first_.begin()))));
    }
    const Value number = e.write(*o_.subgraphs->graphs().at(0), inputs).at(0);
    return {.name = write_condition(e, number), .dtype = boolean};
  }

  /// What is stacked, and the next variables.
  Values step(ExportNode& e, const Values& variables) const {
    Values inputs = e.values(o_.func_input_locs.at);
    for (std::size_t i = 0; i < first_.size(); ++i) {
      inputs.at(at(o_.func_var_locs.at[i])) = variables.at(i);
    }
    return e.write(*o_.subgraphs->graphs().at(1), inputs);
  }

 private:
  const WhileLoopOptions& o_;
  std::vector<int> first_;
};

// What a Loop's body is given.
struct Begin {
  Value holds;
  Values variables;

  Begin(ExportGraph& body, const Values& first) {
    body.take("step", {.name = "", .dtype = int64});
    holds = body.take("holds", {.name = "", .dtype = boolean});
    for (const Value& value : first) variables.push_back(body.take("variable", value));
  }
};

// Without outputs of steps: as long as the condition holds.
void write_plain_loop(ExportNode& e, const WhileLoopOptions& o) {
  const WhileLoop loop(o);
  const Values first = loop.begin(e);
  Names given{e.tensor(nd::full({}, static_cast<double>(o.max_iterations), int64, cpu())),
              loop.holds(e, first).name};
  for (const Value& value : first) given.push_back(value.name);
  ExportGraph body(e);
  const Begin begin(body, first);
  const Values next = loop.step(body.node(), begin.variables);
  body.give(loop.holds(body.node(), next));
  for (const Value& value : next) body.give(value);
  give_outputs(e, e.add_many("Loop", given, {{"body", body.done()}}, o.num_outputs), 0);
}

// Ours has rows of zeros behind the last step; of a Loop that ends there only a run knew how many
// rows there are. So the steps are max_iterations, and behind the last one nothing is computed.
void write_full_loop(ExportNode& e, const WhileLoopOptions& o) {
  const WhileLoop loop(o);
  const Values first = loop.begin(e);
  Names given{e.tensor(nd::full({}, static_cast<double>(o.max_iterations), int64, cpu())), "",
              loop.holds(e, first).name};
  for (const Value& value : first) given.push_back(value.name);

  ExportGraph body(e);
  Values before = first;
  before.insert(before.begin(), {.name = "", .dtype = boolean});
  const Begin begin(body, before);
  const Values variables(begin.variables.begin() + 1, begin.variables.end());
  ExportGraph goes_on(body.node()), has_ended(body.node());
  Values results = loop.step(goes_on.node(), variables);
  const auto num_given = static_cast<std::ptrdiff_t>(o.num_out_data);
  const Values next(results.begin() + num_given, results.end());
  goes_on.give(loop.holds(goes_on.node(), next));
  has_ended.give(begin.variables[0]);
  for (std::size_t i = 0; i < next.size(); ++i) {
    goes_on.give(next[i]);
    has_ended.give(variables[i]);
  }
  results.resize(at(o.num_out_data));
  for (const Value& result : results) {
    e.expect(result.shape.known(), "the shape of what a step gives must be known when the file is ",
             "written, got ", result.shape);
    goes_on.give(result);
    const Names shape{has_ended.node().ints(Ints(result.shape.begin(), result.shape.end()))};
    has_ended.give(
        named(result, has_ended.node().add("ConstantOfShape", shape,
                                           {{"value", nd::zeros({1}, result.dtype, cpu())}})));
  }
  const Names outputs = body.node().add_many(
      "If", {begin.variables[0].name},
      {{"then_branch", goes_on.done()}, {"else_branch", has_ended.done()}}, o.num_outputs + 1);
  body.give(begin.holds);
  body.give(named(begin.variables[0], outputs[0]));
  for (std::size_t i = 0; i < next.size(); ++i) body.give(named(next[i], outputs[1 + i]));
  for (std::size_t i = 0; i < results.size(); ++i) {
    body.give(named(results[i], outputs[1 + next.size() + i]));
  }
  Names given_back = e.add_many("Loop", given, {{"body", body.done()}}, o.num_outputs + 1);
  given_back.erase(given_back.begin());
  give_outputs(e, given_back, o.num_out_data);
}

void write_while_loop(ExportNode& e, const WhileLoopOptions& o) {
  if (o.num_out_data == 0) return write_plain_loop(e, o);
  write_full_loop(e, o);
}

const bool registered = translate([](Translations& t) {
  t.writes<ForeachOptions>("_foreach", write_foreach);
  t.writes<WhileLoopOptions>("_while_loop", write_while_loop);
});

}  // namespace
}  // namespace gluino::onnx
